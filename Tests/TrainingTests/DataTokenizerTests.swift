import Foundation
import ModelFiles
import Testing
import Training
import TrainingSteps

private func tokenizer(_ name: String) throws -> Tokenizer {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/tokenizers")
    return try Tokenizer(
        tokenizerJSON: Data(contentsOf: folder.appending(path: "\(name).tokenizer.json")))
}

private let smollm = Result { try tokenizer("smollm") }

private let words = [
    "the", "answer", "Straße", "is", "42", "\n", "naïve", "日本", "🙂", " ", "{\"a\":", "}",
    "e\u{301}",
]

extension SeededGenerator {
    /// Some words with spaces between, at least one of them not blank.
    fileprivate mutating func sentence() -> String {
        let count = 1 + number(below: 12)
        return "x"
            + (0 ..< count).map { _ in words[number(below: words.count)] }
            .joined(separator: " ")
    }

    fileprivate mutating func content(of format: DataFormat) -> DataRow.Content {
        switch format {
        case .messages:
            let turns = (0 ... number(below: 3)).flatMap { _ in
                [
                    ChatMessage(role: .user, content: sentence()),
                    ChatMessage(role: .assistant, content: sentence()),
                ]
            }
            return .conversation(prompt: [], response: turns)
        case .promptCompletion: return .completion(prompt: sentence(), completion: sentence())
        case .alpaca: return .instruction(sentence(), input: nil, output: sentence())
        case .preference:
            return .preferenceText(prompt: sentence(), chosen: sentence(), rejected: sentence())
        case .text: return .text(sentence())
        }
    }
}

@Suite("Data sets through real tokenizers") struct DataTokenizerTests {
    @Test(arguments: ["qwen2", "smollm"]) func learnsExactlyTheAnswers(name: String) throws {
        let tokenizer = try tokenizer(name)
        let coding = TextCoding(tokenizer, template: try ChatTemplate(named: "chatml"))
        let maker = try ExampleMaker(coding: coding, sequenceLength: nil, contextLength: nil)
        var generator = SeededGenerator(seed: 5)
        for line in 1 ... 40 {
            let content = generator.content(of: .messages)
            let data = DataSet(
                file: "rows.jsonl", format: .messages,
                rows: [DataRow(line: line, content: content)])
            let example = try #require(try maker.tokenise(data).content.sides.first?.first)
            let learnt = zip(example.tokens, example.isTarget).filter { $1 }.map(\.0)
            let answers = content.turns?.response.filter { $0.role == .assistant } ?? []
            let expected = answers.map { $0.content + "<|im_end|>" }.joined()
            // Qwen's tokenizer composes accents, which changes the text but not its tokens.
            #expect(tokenizer.decode(learnt) == expected)
        }
    }

    @Test func plainTextBeginsAndEndsAsTheTokenizerSays() throws {
        let tokenizer = try tokenizer("llama3")
        let coding = try TextCoding(tokenizer)
        #expect(coding.template == nil)
        let begin = try #require(tokenizer.addedToken("<|begin_of_text|>"))
        let maker = try ExampleMaker(coding: coding, sequenceLength: nil, contextLength: nil)
        let data = DataSet(
            file: "rows.jsonl", format: .promptCompletion,
            rows: [DataRow(line: 1, content: .completion(prompt: "the ", completion: "answer"))])
        let example = try #require(try maker.tokenise(data).content.sides.first?.first)
        #expect(example.tokens.first == begin && example.isTarget.first == false)
        #expect(tokenizer.decode(example.tokens) == "<|begin_of_text|>the answer")
        let prompt = try coding.tokens(of: .text("the "))
        #expect(prompt.first == begin && tokenizer.decode(prompt) == "<|begin_of_text|>the ")
    }

    @Test func promptsEndWhereTheAnswerBegins() throws {
        let tokenizer = try tokenizer("qwen2")
        let coding = TextCoding(tokenizer, template: try ChatTemplate(named: "chatml"))
        let question = try FewShot(
            from: DataSet(file: "", format: .promptCompletion, rows: []), count: 0, seed: 0
        ).question(
            for: DataRow(line: 1, content: .completion(prompt: "the", completion: "answer")),
            style: .chat)
        let prompt = try coding.tokens(of: question.prompt)
        #expect(
            tokenizer.decode(prompt) == "<|im_start|>user\nthe<|im_end|>\n<|im_start|>assistant\n")
        let maker = try ExampleMaker(coding: coding, sequenceLength: nil, contextLength: nil)
        let data = DataSet(
            file: "", format: .promptCompletion,
            rows: [DataRow(line: 1, content: .completion(prompt: "the", completion: "answer"))])
        let example = try #require(try maker.tokenise(data).content.sides.first?.first)
        #expect(Array(example.tokens.prefix(prompt.count)) == prompt)
        #expect(example.isTarget.firstIndex(of: true) == prompt.count)
    }

    @Test func refusesAModelWithoutATemplateWhenAskedForChat() throws {
        let tokenizer = try tokenizer("llama3")
        #expect(throws: ChatTemplateError.missingTemplate) {
            try TextCoding(tokenizer, style: .chat)
        }
    }

    @Test(arguments: 0 ..< 12 as Range<UInt64>, DataFormat.allCases)
    func everyTargetOfAnyDataSetIsTrainedOnce(seed: UInt64, format: DataFormat) throws {
        var generator = SeededGenerator(seed: seed)
        let rows = (0 ..< 1 + generator.number(below: 25)).map {
            DataRow(line: $0 + 1, content: generator.content(of: format))
        }
        let data = DataSet(file: "rows.jsonl", format: format, rows: rows)
        let length = 40 + generator.number(below: 60)
        let coding = TextCoding(
            try smollm.get(), template: try ChatTemplate(named: "chatml"))
        let maker = try ExampleMaker(
            coding: coding, sequenceLength: length, contextLength: length)
        let made = try maker.tokenise(data)
        let sides = made.content.sides
        #expect(made.report.rowCount == rows.count)
        #expect(sides.count + made.report.droppedLines.count == rows.count)

        let shape = try BatchShape(checking: 2, length: length, accumulation: 2)
        let arrangement: Arrangement = seed.isMultiple(of: 2) ? .packed : .padded
        let batches: [MicroBatch]
        let expected: Int
        switch made.content {
        case .examples(let examples):
            let all = Batches(
                examples: examples, shape: shape, arrangement: arrangement,
                order: .shuffled(seed: seed), paddingToken: 0)
            batches = (0 ..< all.stepsPerEpoch).flatMap(all.step)
            expected = examples.reduce(0) { $0 + $1.targetCount }
        case .documents(let documents):
            let all = Batches(
                documents: documents, shape: shape, arrangement: arrangement,
                order: .shuffled(seed: seed), paddingToken: 0)
            batches = (0 ..< all.stepsPerEpoch).flatMap(all.step)
            // The first token of each block is predicted from nothing.
            let counts = documents.map(\.tokens.count)
            let runs = arrangement == .packed ? [counts.reduce(0, +)] : counts
            expected = runs.reduce(0) { $0 + $1 - ($1 + length - 1) / length }
        case .pairs(let pairs):
            let all = PreferenceBatches(
                pairs: pairs, shape: shape, arrangement: arrangement,
                order: .shuffled(seed: seed), paddingToken: 0)
            let steps = (0 ..< all.stepsPerEpoch).flatMap(all.step)
            #expect(steps.reduce(0) { $0 + $1.pairCount } == pairs.count)
            batches = steps.map(\.batch)
            expected = sides.joined().reduce(0) { $0 + $1.targetCount }
        }
        #expect(batches.reduce(0) { $0 + $1.targetCount } == expected)
        #expect(batches.allSatisfy { $0.targetCount == $0.targets.count { $0 >= 0 } })
    }
}
