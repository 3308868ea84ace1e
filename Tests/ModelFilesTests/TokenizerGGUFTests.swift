import Foundation
import ModelFiles
import Testing

/// Tokenizers in GGUF metadata, right and wrong.
struct TokenizerGGUFTests {
    /// A file with a vocabulary of two letters, a merge and two markers, before `change`.
    private func tokenizer(_ change: (inout Metadata) -> Void) throws -> Tokenizer {
        var metadata = Metadata()
        change(&metadata)
        return try Tokenizer(metadata.file())
    }

    private struct Metadata {
        var model = "gpt2"
        var pre: String? = "gpt-2"
        var tokens = ["a", "b", "ab", "<e>", "<t>"]
        var types: [Int32] = [1, 1, 1, 3, 4]
        var merges: [String]? = ["a b"]
        var end: UInt32 = 3
        var flags: [String: Bool] = [:]

        func file() throws -> GGUFFile {
            var builder = GGUFBuilder()
            builder.key("tokenizer.ggml.model", model)
            if let pre { builder.key("tokenizer.ggml.pre", pre) }
            let texts = tokens.flatMap { string($0) }
            builder.key(
                "tokenizer.ggml.tokens", type: 9, array(8, count: UInt64(tokens.count), texts))
            let numbers = types.flatMap { bytes($0) }
            builder.key(
                "tokenizer.ggml.token_type", type: 9, array(5, count: UInt64(types.count), numbers))
            if let merges {
                let lines = merges.flatMap { string($0) }
                builder.key(
                    "tokenizer.ggml.merges", type: 9, array(8, count: UInt64(merges.count), lines))
            }
            builder.key("tokenizer.ggml.bos_token_id", UInt32(4))
            builder.key("tokenizer.ggml.eos_token_id", end)
            for (key, value) in flags {
                builder.key("tokenizer.ggml.\(key)", type: 7, [value ? 1 : 0])
            }
            return try builder.opened()
        }
    }

    @Test func rolesComeFromTypesAndFlags() throws {
        let tokenizer = try tokenizer { $0.flags = ["add_bos_token": true, "add_eos_token": true] }
        #expect(tokenizer.encode("ab<e>b<t>", addSpecialTokens: true) == [4, 2, 3, 1, 4, 3])
        #expect(tokenizer.encode("b<t>", parseSpecialTokens: false) == [1, 4])
        #expect(tokenizer.isSpecial(3))
        #expect(!tokenizer.isSpecial(4))
        #expect(tokenizer.endOfSequence == [3])
        #expect(tokenizer.beginningOfSequence == 4)
        #expect(throws: ChatTemplateError.missingTemplate) { try tokenizer.chatTemplate() }
    }

    @Test(arguments: [("gpt-2", [Int32]()), ("llama-bpe", [4]), ("qwen2", [])])
    func beginTokenIsAddedWhereTheModelExpectsIt(_ example: (name: String, prefix: [Int32])) throws
    {
        let tokenizer = try tokenizer { $0.pre = example.name }
        #expect(tokenizer.encode("ab", addSpecialTokens: true) == example.prefix + [2])
    }

    @Test func refusedWithAReason() throws {
        func message(_ change: (inout Metadata) -> Void) throws -> String {
            try #require(
                #expect(throws: TokenizerError.self) { try tokenizer(change) }
            ).description
        }
        #expect(
            try message { $0.model = "llama" }
                == "test.gguf: tokenizer.ggml.model \"llama\" is not supported: only byte-level BPE"
                + " (\"gpt2\") is read; \"llama\" is SentencePiece")
        #expect(
            try message { $0.pre = nil }.contains(
                "tokenizer.ggml.pre \"default\" is not supported: it does not say how"))
        #expect(
            try message { $0.pre = "viking" }.contains("tokenizer.ggml.pre \"viking\" is not"))
        #expect(
            try message { $0.types = [1] }
                == "test.gguf: tokenizer.ggml.token_type: it has 1 entries for 5 tokens")
        #expect(
            try message { $0.merges = nil }
                == "test.gguf: tokenizer.ggml.merges: the key is missing")
        #expect(
            try message { $0.merges = ["a b c"] }.contains(
                "tokenizer.ggml.merges[0]: \"a b c\" is not two tokens and a space"))
        #expect(
            try message { $0.end = 9 }
                == "test.gguf: tokenizer.ggml.eos_token_id: 9 is not one of the 5 tokens")
        #expect(
            try message { $0.tokens[3] = "" }.contains("a marker has 0 bytes"))
    }

    @Test func repeatedTextsAreReadButNotWritten() throws {
        let tokenizer = try tokenizer {
            $0.tokens.append("a")
            $0.types.append(1)
        }
        #expect(tokenizer.encode("a") == [0])
        #expect(tokenizer.decode([5]) == "a")
        #expect(throws: TokenizerError.self) { try tokenizer.tokenizerJSON() }
    }
}
