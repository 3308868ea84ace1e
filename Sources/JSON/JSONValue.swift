/// A JSON document as a value; objects keep the order of their members.
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

    /// One key of an object with its value.
    package typealias Member = JSONObject.Member

    /// An object; a repeated key is left out.
    package static func object(_ members: [Member]) -> JSONValue { .object(JSONObject(members)) }
    /// A whole number of 64 bits.
    package static func integer(_ value: Int64) -> JSONValue { .integer(Int(value)) }
    /// A count.
    package static func count(_ value: Int) -> JSONValue { .integer(value) }
    /// A string, or null when there is none.
    package static func optional(_ text: String?) -> JSONValue {
        text.map(JSONValue.string) ?? .null
    }
    /// A number, or null when there is none.
    package static func optional(_ value: Double?) -> JSONValue {
        value.map(JSONValue.number) ?? .null
    }
    /// The array of some strings.
    package static func strings(_ values: some Sequence<String>) -> JSONValue {
        .array(values.map(JSONValue.string))
    }
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
