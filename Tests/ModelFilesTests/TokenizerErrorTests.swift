import Foundation
import ModelFiles
import Testing

/// Refused files, and the sentence each gets.
struct TokenizerErrorTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// Text replaced in a small valid file, and its replacement.
        let change: (from: String, to: String)
        let message: String
    }

    static let valid = """
        {"added_tokens": [{"id": 3, "content": "<e>", "special": true, "normalized": false}],
         "normalizer": null,
         "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "use_regex": true},
         "post_processor": null, "decoder": {"type": "ByteLevel"},
         "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["a b"]}}
        """

    static let cases = [
        Case(
            testDescription: "not JSON", change: ("{\"added", "added"),
            message: "tokenizer.json: file: "),
        Case(
            testDescription: "WordPiece", change: ("\"BPE\"", "\"WordPiece\""),
            message:
                "tokenizer.json: model type \"WordPiece\" is not supported: only byte-level BPE"
                + " (\"BPE\") tokenizers are read"),
        Case(
            testDescription: "SentencePiece",
            change: ("\"BPE\",", "\"BPE\", \"byte_fallback\": true,"),
            message: "tokenizer.json: model.byte_fallback is not supported: SentencePiece"),
        Case(
            testDescription: "dropout", change: ("\"BPE\",", "\"BPE\", \"dropout\": 0.1,"),
            message: "tokenizer.json: model.dropout is not supported: 0.1 makes encoding random"),
        Case(
            testDescription: "negative id", change: ("\"a\": 0", "\"a\": -1"),
            message: "tokenizer.json: token \"a\": its number -1 is not between 0 and 2097151"),
        Case(
            testDescription: "huge id", change: ("\"a\": 0", "\"a\": 2000000000"),
            message: "its number 2000000000 is not between 0 and 2097151"),
        Case(
            testDescription: "id given twice", change: ("\"b\": 1", "\"b\": 0"),
            message: "its number 0 belongs to"),
        Case(
            testDescription: "added id taken", change: ("\"id\": 3", "\"id\": 1"),
            message: "tokenizer.json: token \"<e>\": its number 1 belongs to \"b\" already"),
        Case(
            testDescription: "merge of unknown tokens", change: ("[\"a b\"]", "[\"a c\"]"),
            message: "tokenizer.json: merge 0: \"a c\" needs tokens the vocabulary does not have"),
        Case(
            testDescription: "merge into an unknown token", change: ("[\"a b\"]", "[\"b a\"]"),
            message: "tokenizer.json: merge 0: \"b a\" needs tokens"),
        Case(
            testDescription: "merge of three", change: ("[\"a b\"]", "[[\"a\", \"b\", \"a\"]]"),
            message: "tokenizer.json: model.merges: merge 0 has 3 tokens instead of 2"),
        Case(
            testDescription: "merge without a space", change: ("[\"a b\"]", "[\"ab\"]"),
            message: "tokenizer.json: model.merges: merge 0 \"ab\" is not two tokens and a space"),
        Case(
            testDescription: "no vocabulary", change: ("\"vocab\"", "\"words\""),
            message: "tokenizer.json: model: the key \"vocab\" is missing"),
        Case(
            testDescription: "empty marker", change: ("\"<e>\"", "\"\""),
            message: "tokenizer.json: added_tokens[0]: its content has 0 bytes; 1 to 1024"),
        Case(
            testDescription: "whole-word marker",
            change: ("\"special\": true", "\"single_word\": true"),
            message: "tokenizer.json: added_tokens[0].single_word is not supported"),
        Case(
            testDescription: "lower-casing",
            change: ("\"normalizer\": null", "\"normalizer\": {\"type\": \"Lowercase\"}"),
            message: "tokenizer.json: normalizer \"Lowercase\" is not supported"),
        Case(
            testDescription: "another decoder",
            change: (
                "{\"type\": \"ByteLevel\"},\n \"model\"", "{\"type\": \"Metaspace\"},\n \"model\""
            ),
            message: "tokenizer.json: decoder \"Metaspace\" is not supported"),
        Case(
            testDescription: "white-space words",
            change: ("{\"type\": \"ByteLevel\", \"add", "{\"type\": \"Whitespace\", \"add"),
            message:
                "tokenizer.json: pre_tokenizer \"Whitespace\" is not supported: the last step must be"
                + " ByteLevel, as in byte-level BPE"),
        Case(
            testDescription: "unknown pattern",
            change: (
                "{\"type\": \"ByteLevel\", \"add_prefix_space\": false, \"use_regex\": true}",
                """
                {"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"Regex":
                "\\\\p{L}+|."}, "behavior": "Isolated", "invert": false}, {"type": "ByteLevel",
                "add_prefix_space": false, "use_regex": false}]}
                """
            ),
            message:
                "tokenizer.json: pre_tokenizer pattern \"\\p{L}+|.\" is not supported: known are those of"
                + " gpt2, llama3, qwen2"),
        Case(
            testDescription: "marker without an entry",
            change: (
                "\"post_processor\": null",
                """
                "post_processor": {"type": "TemplateProcessing", "single":
                [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
                "special_tokens": {}}
                """
            ),
            message: "tokenizer.json: post_processor: the special token \"<s>\" has no entry"),
        Case(
            testDescription: "marker out of range",
            change: (
                "\"post_processor\": null",
                """
                "post_processor": {"type": "TemplateProcessing", "single":
                [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
                "special_tokens": {"<s>": {"id": "<s>", "ids": [99], "tokens": ["<s>"]}}}
                """
            ),
            message: "tokenizer.json: post_processor: token number 99 is not in the vocabulary"),
    ]

    @Test(arguments: cases)
    func refusedWithAReason(_ example: Case) throws {
        #expect(Self.valid.contains(example.change.from))
        let text = Self.valid.replacing(example.change.from, with: example.change.to)
        let error = #expect(throws: TokenizerError.self) {
            try Tokenizer(tokenizerJSON: Data(text.utf8))
        }
        let message = try #require(error).description
        #expect(message.contains(example.message), "\(message)")
    }

    @Test func theUnchangedFileIsRead() throws {
        let tokenizer = try Tokenizer(tokenizerJSON: Data(Self.valid.utf8))
        // Bytes without a token are dropped, as the library does.
        #expect(tokenizer.encode("abaxb<e>") == [2, 2, 3])
        let tokens = tokenizer.encodeWithOffsets("abaxb<e>")
        #expect(tokens.map(\.bytes) == [0 ..< 2, 2 ..< 5, 5 ..< 8])
    }
}
