/// How a ``JSONValue`` is laid out as text.
package enum JSONLayout: Sendable, Hashable {
    /// Two spaces an indent, one member or element a line.
    case pretty
    /// No white space at all, so that a document is one line of a JSON-lines file.
    case compact
}

extension JSONValue {
    /// The document as JSON text (RFC 8259), without a final newline.
    ///
    /// The same value always gives the same bytes. A number is the shortest decimal that reads back
    /// as the same double. NaN and the infinities do not exist in JSON and are written as `null`.
    package func text(_ layout: JSONLayout = .pretty) -> String {
        var output = ""
        write(to: &output, layout: layout, depth: 0)
        return output
    }

    private func write(to output: inout String, layout: JSONLayout, depth: Int) {
        switch self {
        case .null: output += "null"
        case .bool(let value): output += value ? "true" : "false"
        case .integer(let value): output += String(value)
        case .number(let value): output += shortestDecimal(value) ?? "null"
        case .string(let value): writeQuoted(value, to: &output)
        case .array(let elements):
            writeList(elements, "[", "]", to: &output, layout, depth) { element, output in
                element.write(to: &output, layout: layout, depth: depth + 1)
            }
        case .object(let members):
            writeList(members, "{", "}", to: &output, layout, depth) { member, output in
                writeQuoted(member.key, to: &output)
                output += layout == .pretty ? ": " : ":"
                member.value.write(to: &output, layout: layout, depth: depth + 1)
            }
        }
    }

    private func writeList<Element>(
        _ elements: [Element], _ open: String, _ close: String, to output: inout String,
        _ layout: JSONLayout, _ depth: Int, _ writeElement: (Element, inout String) -> Void
    ) {
        output += open
        for (index, element) in elements.enumerated() {
            if index > 0 { output += "," }
            if layout == .pretty { writeLineBreak(to: &output, depth: depth + 1) }
            writeElement(element, &output)
        }
        if layout == .pretty && !elements.isEmpty { writeLineBreak(to: &output, depth: depth) }
        output += close
    }
}

/// The shortest decimal that reads back as exactly this double, or nil for NaN and the infinities.
///
/// Whole numbers have no fraction (`3`, not `3.0`); very large and very small ones an exponent.
package func shortestDecimal(_ value: Double) -> String? {
    guard value.isFinite else { return nil }
    let text = value.description
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}

private func writeLineBreak(to output: inout String, depth: Int) {
    output += "\n"
    for _ in 0 ..< depth { output += "  " }
}

/// Writes a string literal; control characters and the two separators that break JavaScript escaped.
private func writeQuoted(_ text: String, to output: inout String) {
    output += "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": output += "\\\""
        case "\\": output += "\\\\"
        case "\n": output += "\\n"
        case "\r": output += "\\r"
        case "\t": output += "\\t"
        case "\u{0}" ..< "\u{20}", "\u{7F}", "\u{2028}", "\u{2029}":
            let digits = String(scalar.value, radix: 16)
            output += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        default: output.unicodeScalars.append(scalar)
        }
    }
    output += "\""
}
