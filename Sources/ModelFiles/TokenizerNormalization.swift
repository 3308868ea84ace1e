import Foundation

/// Unicode canonical composition of a text.
func composed(_ text: String) -> String { text.precomposedStringWithCanonicalMapping }

/// A text after normalization, and where each of its bytes came from.
struct TokenizerNormalizedText {
    /// The normalized text.
    let bytes: [UInt8]
    /// For each byte of the normalized text, and its end, the offset in the original; nil when the
    /// text was normalized already.
    private let origins: [Int]?
    /// Where `bytes` begins in the whole original text.
    private let start: Int

    /// Composes `text[range]`; a character that changes is aligned as a whole.
    init(composing text: [UInt8], _ range: Range<Int>) {
        start = range.lowerBound
        let isASCII = text[range].allSatisfy { $0 < 0x80 }
        let original = isASCII ? "" : String(decoding: text[range], as: UTF8.self)
        let whole = isASCII ? "" : composed(original)
        if isASCII || whole.utf8.elementsEqual(text[range]) {
            bytes = Array(text[range])
            origins = nil
            return
        }
        var bytes: [UInt8] = []
        var origins: [Int] = []
        var offset = range.lowerBound
        // Equal keys are canonically equivalent and so have one composition.
        var compositions: [Character: [UInt8]] = [:]
        for character in original {
            let before = character.utf8.count
            let after =
                compositions[character] ?? Array(composed(String(character)).utf8)
            compositions[character] = after
            for index in after.indices { origins.append(offset + min(index, before)) }
            bytes += after
            offset += before
        }
        origins.append(range.upperBound)
        self.bytes = bytes
        self.origins = origins
    }

    /// The range of the original text a range of the normalized one came from.
    func origin(of range: Range<Int>) -> Range<Int> {
        guard let origins else { return start + range.lowerBound ..< start + range.upperBound }
        return origins[range.lowerBound] ..< origins[range.upperBound]
    }
}
