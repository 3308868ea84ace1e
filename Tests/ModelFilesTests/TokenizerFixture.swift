import Foundation
import ModelFiles

/// The tokenizers, strings and goldens that `Tests/Golden/tokenizer_goldens.py` wrote.
enum TokenizerFixture {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Fixtures/tokenizers")

    static func data(_ name: String) throws -> Data {
        try Data(contentsOf: folder.appending(path: name))
    }

    static func tokenizer(_ name: String) throws -> Tokenizer {
        try Tokenizer(tokenizerJSON: data("\(name).tokenizer.json"))
    }

    static func strings() throws -> [String] {
        try JSONDecoder().decode([String].self, from: data("strings.json"))
    }

    static func golden(_ name: String) throws -> TokenizerGolden {
        try JSONDecoder().decode(TokenizerGolden.self, from: data("\(name).golden.json"))
    }
}

/// What the tokenizers library gave.
struct TokenizerGolden: Decodable {
    struct Decoded: Decodable {
        let ids: [Int32]
        let text: String
        let textWithoutSpecialTokens: String

        init(from decoder: any Decoder) throws {
            var container = try decoder.unkeyedContainer()
            ids = try container.decode([Int32].self)
            text = try container.decode(String.self)
            textWithoutSpecialTokens = try container.decode(String.self)
        }
    }

    /// The ids of the first strings.
    let ids: [[Int32]]
    let withSpecialTokens: [[Int32]]
    let decoded: [Decoded]
    /// Sixteen hexadecimal digits for the ids of each string.
    let hashes: String
    let hashesWithoutParsing: String
}

/// FNV-1a, 64 bits, over ids as four little-endian bytes each, in hexadecimal.
func tokenHash(_ ids: [Int32]) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for id in ids {
        for shift in [0, 8, 16, 24] {
            hash = (hash ^ UInt64(UInt8(truncatingIfNeeded: id >> Int32(shift)))) &* 0x100_0000_01b3
        }
    }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
}
