/// A JSON document as a value.
package enum JSONValue: Sendable, Hashable {
    /// Nothing.
    case null
    /// A truth value.
    case bool(Bool)
    /// A number without fraction or exponent that fits.
    case integer(Int)
    /// Any other number.
    case number(Double)
    /// Text.
    case string(String)
    /// Values in order.
    case array([JSONValue])
    /// Values by key.
    case object(JSONObject)
}

extension JSONValue {
    /// The truth value, if this is one.
    package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    /// The text, if this is one.
    package var string: String? { if case .string(let value) = self { value } else { nil } }
    /// The elements, if this is an array.
    package var array: [JSONValue]? { if case .array(let values) = self { values } else { nil } }
    /// The members, if this is an object.
    package var object: JSONObject? {
        if case .object(let members) = self { members } else { nil }
    }
    /// The integer, if this is a whole number that fits.
    package var int: Int? {
        switch self {
        case .integer(let value): value
        case .number(let value): Int(exactly: value)
        default: nil
        }
    }
    /// The number, if this is one.
    package var double: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }
    /// The member `key`, nil when this is no object or has none.
    package subscript(key: String) -> JSONValue? { object?[key] }

    /// What this is, for messages.
    package var kind: String {
        switch self {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .integer, .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

extension JSONValue {
    /// The document as text with two spaces of indentation and a final newline.
    package var text: String {
        var result = ""
        write(to: &result, indentation: 0, indented: true)
        return result + "\n"
    }

    /// The document on one line.
    package var compactText: String {
        var result = ""
        write(to: &result, indentation: 0, indented: false)
        return result
    }

    private func write(to text: inout String, indentation: Int, indented: Bool) {
        let inner = indented ? "\n" + String(repeating: " ", count: indentation + 2) : ""
        let outer = indented ? "\n" + String(repeating: " ", count: indentation) : ""
        switch self {
        case .null: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .integer(let value): text += "\(value)"
        case .number(let value): text += value.isFinite ? "\(value)" : "null"
        case .string(let value): JSONValue.write(value, to: &text)
        case .array(let values):
            text += "["
            for (index, value) in values.enumerated() {
                text += (index == 0 ? "" : ",") + inner
                value.write(to: &text, indentation: indentation + 2, indented: indented)
            }
            text += (values.isEmpty ? "" : outer) + "]"
        case .object(let members):
            text += "{"
            for (index, member) in members.members.enumerated() {
                text += (index == 0 ? "" : ",") + inner
                JSONValue.write(member.key, to: &text)
                text += indented ? ": " : ":"
                member.value.write(to: &text, indentation: indentation + 2, indented: indented)
            }
            text += (members.count == 0 ? "" : outer) + "}"
        }
    }

    private static func write(_ string: String, to text: inout String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case ..<" ":
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
