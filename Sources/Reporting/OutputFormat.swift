/// The forms in which every command can write its answer.
package enum OutputFormat: String, Sendable, Hashable, CaseIterable {
    /// Aligned text for a terminal.
    case table
    /// A GitHub-flavoured Markdown table.
    case markdown
    /// Comma-separated values (RFC 4180), one header line of stable keys.
    case csv
    /// An array of objects with stable keys in column order.
    case json
}

extension Table {
    /// The table in a format, ending with a line break; the style matters to terminal text only.
    package func text(as format: OutputFormat, style: TerminalStyle = .plain) -> String {
        switch format {
        case .table: terminalText(style)
        case .markdown: markdownText()
        case .csv: csvText()
        case .json: json.text(.pretty) + "\n"
        }
    }

    /// The rows as an array of objects, each with the columns' keys in order.
    package var json: JSONValue {
        .array(
            rows.map { row in
                .object(zip(columns, row).map { JSONValue.Member($0.key, $1.value) })
            })
    }

    private func csvText() -> String {
        let lines = [columns.map(\.key)] + rows.map { $0.map(\.csvField) }
        return lines.map { $0.map(quotedForCSV).joined(separator: ",") + "\r\n" }.joined()
    }
}

extension Cell {
    fileprivate var csvField: String {
        switch value {
        case .null: ""
        case .string(let text): text
        default: value.text(.compact) == "null" ? "" : value.text(.compact)
        }
    }
}

/// Quotes a field that holds a quote, a comma, a line break or outer spaces.
private func quotedForCSV(_ field: String) -> String {
    let needsQuotes =
        field.unicodeScalars.contains { "\",\r\n".unicodeScalars.contains($0) }
        || field.hasPrefix(" ") || field.hasSuffix(" ")
    return needsQuotes ? "\"\(field.replacing("\"", with: "\"\""))\"" : field
}
