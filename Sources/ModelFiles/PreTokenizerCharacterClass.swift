/// What the pre-tokenization patterns know of a character.
///
/// The categories are those of Swift's Unicode tables, version 17 in Swift 6.3. The regular
/// expressions of the tokenizers library (0.23) know Unicode 16: over all code points the two differ
/// on the 4,657 letters and numbers new in Unicode 17 and on nothing else.
enum PreTokenizerCharacterClass: UInt8, Sendable {
    /// General category L.
    case letter
    /// General category N.
    case number
    /// Property White_Space.
    case whitespace
    /// Everything else: punctuation, symbols, marks, controls.
    case other

    /// The class of a Unicode scalar value.
    init(_ value: UInt32) {
        guard let scalar = Unicode.Scalar(value) else {
            self = .other
            return
        }
        self.init(scalar)
    }

    private init(_ scalar: Unicode.Scalar) {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
            self = .letter
        case .decimalNumber, .letterNumber, .otherNumber: self = .number
        default: self = scalar.properties.isWhitespace ? .whitespace : .other
        }
    }

    /// The classes of ASCII.
    static let ofASCII: [Self] = (0 ..< 128).map { Self(UInt32($0)) }
}
