/// One value of a GGUF file's metadata, widened to the largest type of its kind.
package enum GGUFValue: Sendable, Hashable {
    /// Any signed or unsigned integer up to `Int.max`.
    case integer(Int)
    /// An unsigned 64-bit integer above `Int.max`.
    case unsigned(UInt64)
    /// A 32- or 64-bit floating-point number.
    case real(Double)
    /// A truth value.
    case bool(Bool)
    /// Text.
    case string(String)
    /// An array of integers.
    case integers([Int])
    /// An array of floating-point numbers.
    case reals([Double])
    /// An array of truth values.
    case bools([Bool])
    /// An array of texts.
    case strings([String])
    /// An array of arrays.
    case arrays([GGUFValue])
}

extension GGUFValue {
    /// The text, if this is one.
    package var string: String? { if case .string(let value) = self { value } else { nil } }
    /// The integer, if this is one that fits.
    package var int: Int? { if case .integer(let value) = self { value } else { nil } }
    /// The truth value, if this is one.
    package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    /// The number, if this is one; an integer counts.
    package var double: Double? {
        switch self {
        case .real(let value): value
        case .integer(let value): Double(value)
        case .unsigned(let value): Double(value)
        default: nil
        }
    }
    /// The texts, if this is an array of them.
    package var strings: [String]? {
        if case .strings(let values) = self { values } else { nil }
    }
    /// The integers, if this is an array of them.
    package var ints: [Int]? { if case .integers(let values) = self { values } else { nil } }
    /// The integers, if this is an array of them and each fits 32 bits.
    package var int32s: [Int32]? {
        guard let ints else { return nil }
        let narrow = ints.compactMap { Int32(exactly: $0) }
        return narrow.count == ints.count ? narrow : nil
    }
    /// The numbers in single precision, if this is an array of numbers.
    package var floats: [Float]? {
        switch self {
        case .reals(let values): values.map { Float($0) }
        case .integers(let values): values.map { Float($0) }
        default: nil
        }
    }

    /// What this is, for messages.
    package var kind: String {
        switch self {
        case .integer, .unsigned: "an integer"
        case .real: "a floating-point number"
        case .bool: "a truth value"
        case .string: "a string"
        case .integers: "an array of integers"
        case .reals: "an array of floating-point numbers"
        case .bools: "an array of truth values"
        case .strings: "an array of strings"
        case .arrays: "an array of arrays"
        }
    }
}
