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
    /// Readers that tell whole numbers from others need `keepsFractions`: `3.0`, not `3`.
    package func text(_ layout: JSONLayout = .pretty, keepsFractions: Bool = false) -> String {
        var writer = JSONWriter(layout: layout, keepsFractions: keepsFractions)
        writer.write(self, depth: 0)
        return writer.output
    }
}

/// Writes one document.
private struct JSONWriter {
    let layout: JSONLayout
    let keepsFractions: Bool
    private(set) var output = ""

    init(layout: JSONLayout, keepsFractions: Bool) {
        self.layout = layout
        self.keepsFractions = keepsFractions
    }

    mutating func write(_ value: JSONValue, depth: Int) {
        switch value {
        case .null: output += "null"
        case .bool(let value): output += value ? "true" : "false"
        case .integer(let value): output += String(value)
        case .number(let value):
            let text = keepsFractions && value.isFinite ? value.description : nil
            output += text ?? shortestDecimal(value) ?? "null"
        case .string(let value): writeQuoted(value)
        case .array(let elements):
            writeList(elements, "[", "]", depth) { writer, element in
                writer.write(element, depth: depth + 1)
            }
        case .object(let object):
            writeList(object.members, "{", "}", depth) { writer, member in
                writer.writeQuoted(member.key)
                writer.output += writer.layout == .pretty ? ": " : ":"
                writer.write(member.value, depth: depth + 1)
            }
        }
    }

    private mutating func writeList<Element>(
        _ elements: [Element], _ open: String, _ close: String, _ depth: Int,
        _ writeElement: (inout JSONWriter, Element) -> Void
    ) {
        output += open
        for (index, element) in elements.enumerated() {
            if index > 0 { output += "," }
            if layout == .pretty { writeLineBreak(depth: depth + 1) }
            writeElement(&self, element)
        }
        if layout == .pretty && !elements.isEmpty { writeLineBreak(depth: depth) }
        output += close
    }

    private mutating func writeLineBreak(depth: Int) {
        output += "\n"
        for _ in 0 ..< depth { output += "  " }
    }

    /// Writes a string literal; control characters and the two separators that break JavaScript escaped.
    private mutating func writeQuoted(_ text: String) {
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
}

/// The shortest decimal that reads back as exactly this double, or nil for NaN and the infinities.
///
/// Whole numbers have no fraction (`3`, not `3.0`); very large and very small ones an exponent.
package func shortestDecimal(_ value: Double) -> String? {
    guard value.isFinite else { return nil }
    let text = value.description
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}
