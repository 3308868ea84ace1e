import Architectures
import Engine
import ModelFiles
import StepPrograms
import TrainingSteps

/// What asking a model the questions of a data set showed.
package struct TaskEvaluation: Sendable {
    /// Questions asked.
    package var count = 0
    /// Cross-entropy of the wanted answers per target token, end of turn included.
    package var lossPerToken: Double?
    /// Target tokens behind the loss.
    package var targetTokens = 0
    /// Exact matches, valid JSON and fields.
    package var scores = ScoreSummary([])
    /// Token ids of the prompts as the model is asked, or of the rows of raw text.
    package var prompts: [[Int32]] = []
    /// The answers, in the order of the questions.
    package var answers: [Answer] = []
    /// Tokens generated.
    package var generatedTokens = 0
    /// Tokens of all prompts.
    package var promptTokens = 0
    /// Time that generating took, prompts included.
    package var generationSeconds = 0.0
    /// Questions whose prompt left no room for an answer.
    package var skipped = 0

    /// One answer beside the one wanted.
    package struct Answer: Sendable, Hashable {
        /// The line of the question.
        package let line: Int
        /// What the model said.
        package let text: String
        /// What the data set says.
        package let reference: String
    }
}

/// How a model is asked.
package struct TaskEvaluationOptions: Sendable {
    /// Worked examples in front of each question.
    package var shots: Int
    /// Where they come from.
    package var shotSource: DataSet
    /// Most tokens of an answer; zero scores the wanted answers only.
    package var maximumNewTokens: Int
    /// Sequences continued side by side.
    package var slots: Int
    /// Seed of the choice of examples.
    package var seed: UInt64

    package init(
        shots: Int, shotSource: DataSet, maximumNewTokens: Int, slots: Int = 8, seed: UInt64 = 0
    ) {
        self.shots = shots
        self.shotSource = shotSource
        self.maximumNewTokens = maximumNewTokens
        self.slots = slots
        self.seed = seed
    }
}

/// Asks a model the questions of a data set and scores its answers.
///
/// - Parameters:
///   - base: the model.
///   - adapter: a saved adapter to apply, with its shape.
///   - data: the questions with the answers wanted; raw text is scored only.
///   - options: how it is asked.
///   - workers: who shares the work of an op.
///   - progress: called with the number of questions done.
/// - Throws: errors of the engine, of files and of data rows.
/// - Returns: what it showed.
package func evaluate(
    _ base: LoadedBase, adapter: (file: AdapterFile, shape: LowRank)?, on data: DataSet,
    options: TaskEvaluationOptions, workers: Workers, progress: (Int) -> Void = { _ in }
) throws -> TaskEvaluation {
    let coding = try TextCoding(base.tokenizer)
    let style: PromptStyle = coding.template == nil ? .plain : .chat
    let context = base.architecture.contextLength
    var result = TaskEvaluation()
    result.count = data.rows.count

    var questions: [Question] = []
    var scored = data
    if data.format != .text {
        let shots = try FewShot(from: options.shotSource, count: options.shots, seed: options.seed)
        let none = try FewShot(from: data, count: 0, seed: 0)
        questions = try data.rows.map { row in
            let bare = try naming(data.file) { () throws(DataError) in
                try none.question(for: row, style: style)
            }
            guard options.shots > 0 else { return bare }
            return try naming(options.shotSource.file) { () throws(DataError) in
                try shots.question(for: row, style: style)
            }
        }
        scored = DataSet(
            file: data.file, format: data.format == .preference ? .promptCompletion : data.format,
            rows: questions.map(\.asRow))
    }
    let maker = try ExampleMaker(
        coding: coding, sequenceLength: context, contextLength: context)
    let examples = try maker.tokenise(scored).content.sides.joined().map { $0 }
    let prompts = try questions.map { try coding.tokens(of: $0.prompt) }
    result.prompts = questions.isEmpty ? examples.map(\.tokens) : prompts
    let longestPrompt = prompts.map(\.count).max() ?? 1
    let longestExample = examples.map(\.tokens.count).max() ?? 1
    let rows = 4
    let length = (longestExample + 7) / 8 * 8
    let extents = EvaluationStep.Extents(
        scoring: BatchShape(sequences: rows, length: length),
        slots: max(1, min(options.slots, prompts.count)),
        capacity: min(context, longestPrompt + options.maximumNewTokens + 1))
    var evaluator = try Evaluator(
        base.architecture, weights: base.weights(seed: 0), adapter: adapter, extents: extents,
        workers: workers)

    let batches = Batches(
        examples: examples, shape: BatchShape(sequences: rows, length: length),
        arrangement: .padded, order: .sequential, paddingToken: base.padding)
    var sum = 0.0
    for step in 0 ..< batches.stepsPerEpoch {
        for batch in batches.step(step) {
            let (loss, targets) = evaluator.crossEntropy(StepInput(batch))
            sum += loss
            result.targetTokens += targets
        }
    }
    if result.targetTokens > 0 { result.lossPerToken = sum / Double(result.targetTokens) }
    guard options.maximumNewTokens > 0, !questions.isEmpty else { return result }

    let began = ContinuousClock.now
    var done = 0
    let continuations = evaluator.continuations(
        of: prompts, maximumCount: options.maximumNewTokens, stops: base.stops
    ) { _ in
        done += 1
        progress(done)
    }
    result.generationSeconds = (ContinuousClock.now - began).inSeconds
    result.promptTokens = prompts.reduce(0) { $0 + $1.count }
    result.generatedTokens = continuations.reduce(0) { $0 + $1.count }
    result.skipped = prompts.count { $0.count >= extents.capacity }
    result.answers = zip(questions, continuations).map { question, tokens in
        TaskEvaluation.Answer(
            line: question.line, text: base.tokenizer.decode(tokens, skipSpecialTokens: true),
            reference: question.reference)
    }
    result.scores = ScoreSummary(
        result.answers.map { ResponseScore(output: $0.text, reference: $0.reference) })
    return result
}

/// Puts the file in front of what is wrong with one of its rows.
private func naming(_ file: String, _ body: () throws(DataError) -> Question) throws -> Question {
    do throws(DataError) {
        return try body()
    } catch {
        guard case .request(let sentence) = error else { throw error }
        throw DataError.file(file, sentence: sentence)
    }
}

extension Question {
    /// The question as a row whose only target is the answer wanted.
    fileprivate var asRow: DataRow {
        switch prompt {
        case .turns(let turns):
            DataRow(
                line: line,
                content: .conversation(prompt: turns, response: [.assistant(reference)]))
        case .text(let text):
            DataRow(line: line, content: .completion(prompt: text, completion: reference))
        }
    }
}
