import ModelFiles
import Testing
import Training
import TrainingSteps

private let end: Int32 = 256

/// A coding with one token a byte, except for the given pieces.
private func byteCoding(merging pieces: [String: Int32] = [:], chat: Bool = true) -> TextCoding {
    TextCoding(
        encode: { text, _ in
            let bytes = Array(text.utf8)
            var tokens: [PlacedToken] = []
            var offset = 0
            while offset < bytes.count {
                let piece = pieces.first { bytes[offset...].starts(with: $0.key.utf8) }
                let length = piece?.key.utf8.count ?? 1
                tokens.append(
                    PlacedToken(
                        piece?.value ?? Int32(bytes[offset]), bytes: offset ..< offset + length))
                offset += length
            }
            return tokens
        },
        template: chat ? ChatTemplate(.chatML(defaultSystemMessage: nil)) : nil, endOfSequence: end)
}

private func user(_ text: String) -> ChatMessage { ChatMessage(role: .user, content: text) }
private func assistant(_ text: String) -> ChatMessage {
    ChatMessage(role: .assistant, content: text)
}

/// A row and its text, in which `[…]` is learnt and `$` stands for the end-of-sequence token.
struct MaskCase: Sendable, CustomTestStringConvertible {
    let name: String
    let content: DataRow.Content
    var chat = true
    let text: String
    var testDescription: String { name }
}

private let maskCases: [MaskCase] = [
    MaskCase(
        name: "prompt and completion in plain text",
        content: .completion(prompt: "ab ", completion: "cd"), chat: false, text: "ab [cd$]"),
    MaskCase(
        name: "prompt and completion as turns",
        content: .completion(prompt: "ab ", completion: "cd"),
        text: """
            <|im_start|>user
            ab <|im_end|>
            <|im_start|>assistant
            [cd<|im_end|>]

            """),
    MaskCase(
        name: "every assistant turn of messages",
        content: .conversation(
            prompt: [],
            response: [
                ChatMessage(role: .system, content: "s"), user("a"), assistant("b"), user("c"),
                assistant("dé"),
            ]),
        text: """
            <|im_start|>system
            s<|im_end|>
            <|im_start|>user
            a<|im_end|>
            <|im_start|>assistant
            [b<|im_end|>]
            <|im_start|>user
            c<|im_end|>
            <|im_start|>assistant
            [dé<|im_end|>]

            """),
    MaskCase(
        name: "no assistant turn of a prompt",
        content: .conversation(
            prompt: [user("a"), assistant("b"), user("c")], response: [assistant("d")]),
        text: """
            <|im_start|>user
            a<|im_end|>
            <|im_start|>assistant
            b<|im_end|>
            <|im_start|>user
            c<|im_end|>
            <|im_start|>assistant
            [d<|im_end|>]

            """),
    MaskCase(
        name: "an instruction as turns",
        content: .instruction("do", input: "x", output: "y"),
        text: """
            <|im_start|>user
            do

            x<|im_end|>
            <|im_start|>assistant
            [y<|im_end|>]

            """),
    MaskCase(
        name: "an instruction in plain text",
        content: .instruction("do", input: nil, output: "y"), chat: false,
        text: "### Instruction:\ndo\n\n### Response:\n[y$]"),
]

/// The tokens and the mask of text marked up as in ``MaskCase``.
private func marked(_ text: String) -> (tokens: [Int32], mask: [Bool]) {
    var tokens: [Int32] = []
    var mask: [Bool] = []
    var isLearnt = false
    for byte in text.utf8 {
        switch byte {
        case UInt8(ascii: "["): isLearnt = true
        case UInt8(ascii: "]"): isLearnt = false
        default:
            tokens.append(byte == UInt8(ascii: "$") ? end : Int32(byte))
            mask.append(isLearnt)
        }
    }
    return (tokens, mask)
}

private func tokens(of text: String) -> [Int32] { marked(text).tokens }

private func data(_ contents: [DataRow.Content], _ format: DataFormat) -> DataSet {
    DataSet(
        file: "rows.jsonl", format: format,
        rows: contents.enumerated().map { DataRow(line: $0 + 1, content: $1) })
}

private func sides(
    _ content: DataRow.Content, _ format: DataFormat, coding: TextCoding
) throws -> [Example] {
    let maker = try ExampleMaker(coding: coding, sequenceLength: nil, contextLength: nil)
    return Array(try maker.tokenise(data([content], format)).content.sides.joined())
}

@Suite("Tokenised examples") struct DataExampleTests {
    @Test(arguments: maskCases) func masks(_ item: MaskCase) throws {
        let example = try #require(
            try sides(item.content, .messages, coding: byteCoding(chat: item.chat)).first)
        let expected = marked(item.text)
        #expect(example.tokens == expected.tokens)
        #expect(example.isTarget == expected.mask)
    }

    @Test func learnsATokenAcrossTheBoundary() throws {
        let coding = byteCoding(merging: [" b": 300], chat: false)
        let content = DataRow.Content.completion(prompt: "a ", completion: "bc")
        let example = try #require(try sides(content, .promptCompletion, coding: coding).first)
        #expect(example.tokens == [97, 300, 99, end])
        #expect(example.isTarget == [false, true, true, true])
    }

    @Test func learnsAllOfADocumentAndItsEnd() throws {
        let example = try #require(try sides(.text("né"), .text, coding: byteCoding()).first)
        #expect(example.tokens == [110, 0xC3, 0xA9, end])
        #expect(example.isTarget == [true, true, true, true])
        #expect(example.targetCount == 3)
    }

    @Test(arguments: [true, false]) func pairsShareTheirPrompt(chat: Bool) throws {
        let content = DataRow.Content.preferenceText(prompt: "p", chosen: "yes", rejected: "no")
        let pair = try sides(content, .preference, coding: byteCoding(chat: chat))
        let head = "<|im_start|>user\np<|im_end|>\n<|im_start|>assistant\n"
        let texts =
            chat
            ? [head + "[yes<|im_end|>]\n", head + "[no<|im_end|>]\n"] : ["p[yes$]", "p[no$]"]
        #expect(pair.map(\.tokens) == texts.map { marked($0).tokens })
        #expect(pair.map(\.isTarget) == texts.map { marked($0).mask })
    }

    @Test func cutsTheEndAndLeavesOutWhatLosesItsResponse() throws {
        let contents = [("a", "b"), ("a", "bcdef"), ("abcdef", "g"), ("ab", "cdefgh")]
            .map { DataRow.Content.completion(prompt: $0.0, completion: $0.1) }
        let maker = try ExampleMaker(
            coding: byteCoding(chat: false), sequenceLength: 4, contextLength: 4)
        let made = try maker.tokenise(data(contents, .promptCompletion))
        #expect(
            made.content.sides.joined().map(\.tokens) == ["ab$", "abcd", "abcd"].map(tokens))
        #expect(made.report.droppedLines == [3])
        #expect(made.report.truncatedCount == 2)
        #expect(
            made.report.warnings == [
                "rows.jsonl: 2 of 4 rows are longer than 4 tokens and lose their end; the longest "
                    + "(line 4) has 9.",
                "rows.jsonl: 1 of 4 rows are left out because no part of their response lies within "
                    + "4 tokens (line 3).",
            ])
    }

    @Test func leavesAPairOutWhenOneSideLosesItsResponse() throws {
        // Both sides keep one token of four: the prompt fills the rest.
        let contents = ["abc", "abcd"].map {
            DataRow.Content.preferenceText(prompt: $0, chosen: "yes", rejected: "no")
        }
        let maker = try ExampleMaker(
            coding: byteCoding(chat: false), sequenceLength: 4, contextLength: nil)
        let made = try maker.tokenise(data(contents, .preference))
        #expect(made.content.count == 1)
        #expect(made.report.droppedLines == [2])
    }

    @Test func dumpsWhatIsTrained() throws {
        let content = DataRow.Content.preferenceText(prompt: "p", chosen: "y", rejected: "n")
        let maker = try ExampleMaker(
            coding: byteCoding(chat: false), sequenceLength: 2, contextLength: nil)
        let dumps = try maker.tokenise(data([content, content], .preference)).content
            .dump(first: 1) { "<\($0)>" }
        #expect(dumps.map(\.side) == [.chosen, .rejected] && dumps.map(\.line) == [1, 1])
        #expect(
            dumps.map { $0.entries.map(\.piece) } == [["<112>", "<121>"], ["<112>", "<110>"]])
        #expect(dumps[1].entries.map(\.isTarget) == [false, true])
    }

    @Test func neverCutsDocuments() throws {
        let maker = try ExampleMaker(coding: byteCoding(), sequenceLength: 2, contextLength: 2)
        let made = try maker.tokenise(data([.text("abcde")], .text))
        #expect(made.content.sides.joined().map(\.tokens) == [tokens(of: "abcde$")])
        #expect(made.report.warnings.isEmpty)
    }

    @Test func refuses() throws {
        let plain = byteCoding(chat: false)
        func message(
            _ content: DataRow.Content, coding: TextCoding, length: Int? = nil,
            context: Int? = nil, truncation: Truncation = .keepStart
        ) throws -> String? {
            let error = #expect(throws: DataError.self) {
                try ExampleMaker(
                    coding: coding, sequenceLength: length, contextLength: context,
                    truncation: truncation
                ).tokenise(data([content], .messages))
            }
            return error?.description
        }
        let short = DataRow.Content.completion(prompt: "abc", completion: "d")
        #expect(
            try message(short, coding: plain, length: 9, context: 8)
                == "the sequence length is 9, but the base model was made for at most 8 tokens.")
        #expect(
            try message(short, coding: plain, length: 4, truncation: .refuse)
                == "rows.jsonl:1: the row has 5 tokens, more than the sequence length 4.")
        #expect(
            try message(short, coding: plain, length: 3)
                == "rows.jsonl: no row has any part of its response within 3 tokens.")
        let talk = DataRow.Content.conversation(prompt: [], response: [assistant("a")])
        #expect(
            try message(talk, coding: plain)
                == "rows.jsonl:1: conversations need a base model with a chat template.")
        let system = DataRow.Content.conversation(
            prompt: [ChatMessage(role: .system, content: "x")], response: [assistant("a")])
        let gemma = TextCoding(
            encode: plain.encode, template: ChatTemplate(.gemma(.refused)), endOfSequence: nil)
        #expect(
            try message(system, coding: gemma)
                == "rows.jsonl:1: the gemma chat template cannot render this conversation: it begins "
                + "with a system message, which the template refuses.")
    }
}

@Suite("Data set summaries") struct DataSummaryTests {
    @Test func countsDuplicatesAndAmbiguousPrompts() {
        let rows = [("a", "1"), ("a", "1"), ("a", "2"), ("b", "1"), ("bé", "12345")]
            .map { DataRow.Content.completion(prompt: $0.0, completion: $0.1) }
        let summary = DataSetSummary(data(rows, .promptCompletion))
        #expect(summary.rowCount == 5)
        #expect(summary.duplicateCount == 1)
        #expect(summary.ambiguousPromptCount == 1)
        #expect(summary.characters.sorted == [2, 2, 2, 2, 7])
        #expect(summary.longestLine == 5)
    }

    @Test func percentilesAreNearestRanks() {
        let lengths = LengthDistribution((1 ... 200).reversed())
        #expect([50, 90, 95, 99, 100].map(lengths.percentile) == [100, 180, 190, 198, 200])
        #expect(lengths.maximum == 200 && lengths.total == 20_100 && lengths.mean == 100.5)
        #expect(LengthDistribution([7]).percentile(1) == 7)
        #expect(LengthDistribution([]).percentile(50) == 0)
    }

    @Test func histogramBinsDouble() {
        let bins = LengthDistribution([0, 1, 5, 7, 9]).histogram
        #expect(bins.map(\.lower) == [0, 1, 2, 4, 8])
        #expect(bins.map(\.upper) == [1, 2, 4, 8, 16])
        #expect(bins.map(\.count) == [1, 1, 0, 2, 1])
    }

    @Test func countsTokensAsByHand() throws {
        // With the end token: 3, 7, 8 and 9 tokens; a limit of 7 cuts the third, loses the fourth.
        let rows = [("a", "b"), ("a", "bcdef"), ("ab", "cdefg"), ("abcdefg", "h")]
            .map { DataRow.Content.completion(prompt: $0.0, completion: $0.1) }
        let maker = try ExampleMaker(
            coding: byteCoding(chat: false), sequenceLength: nil, contextLength: nil)
        let content = try maker.tokenise(data(rows, .promptCompletion)).content
        let summary = TokenSummary(
            content, shape: try BatchShape(checking: 2, length: 7))
        #expect(summary.lengths.sorted == [3, 7, 8, 9])
        #expect(summary.longestLine == 4)
        #expect(summary.promptTokens == 11 && summary.targetTokens == 16)
        #expect(summary.truncatedCount == 2 && summary.droppedCount == 1)
        #expect(summary.packedRowCount == 3)
        #expect(summary.packingEfficiency == 17.0 / 21)
        // Micro-batches of 3 + 7 padded to 7 and of 7 alone.
        #expect(summary.paddingShare == 1 - 17.0 / 21)
    }

    @Test func countsBlocksOfDocuments() throws {
        let maker = try ExampleMaker(coding: byteCoding(), sequenceLength: 4, contextLength: nil)
        let content = try maker.tokenise(data([.text("abcde"), .text("fgh")], .text)).content
        let summary = TokenSummary(
            content, shape: try BatchShape(checking: 1, length: 4))
        #expect(summary.truncatedCount == 0 && summary.droppedCount == 0)
        #expect(summary.packedRowCount == 3)
        #expect(summary.packingEfficiency == 10.0 / 12)
    }
}
