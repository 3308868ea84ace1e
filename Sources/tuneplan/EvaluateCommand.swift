import ArgumentParser
import ModelFiles
import Quantities
import Reporting
import Statistics
import Training
import TrainingSteps

/// Asks a model the questions of a data set.
struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Score a model on a task: loss, exact match, valid JSON, fields, speed.",
        discussion: """
            The first --limit rows are asked; worked examples come from the other rows, or from \
            --shots-from. Ranges are Wilson's 95% intervals.
            """)

    @OptionGroup var baseOption: BaseOption
    @Option(help: "An adapter in PEFT's format to apply.")
    var adapter: String?
    @Option(help: "The questions: JSONL or JSON; raw text is scored only.")
    var data: String
    @Option(help: "Worked examples in front of each question.")
    var shots = 0
    @Option(help: "A file the worked examples come from.")
    var shotsFrom: String?
    @Option(help: "How many rows are asked.")
    var limit: Int?
    @Option(help: "Most tokens of an answer; 0 scores the wanted answers only.")
    var maxNewTokens = 128
    @Option(help: "Answers generated side by side.")
    var parallel = 8
    @Option(help: "Seed of the choice of worked examples.")
    var seed: UInt64 = 0
    @Flag(help: "Print each answer beside the one wanted (json).")
    var answers = false
    @Option(
        help: """
            A JSON file for the token ids of the first four prompts and the logits after them, to \
            compare with other implementations.
            """)
    var logits: String?
    @OptionGroup var threads: ThreadsOption
    @Option(help: "The form of standard output.")
    var format = OutputFormat.table
    @Flag(help: "No progress on standard error.")
    var quiet = false

    func validate() throws {
        for (name, value, least) in [
            ("--shots", shots, 0), ("--max-new-tokens", maxNewTokens, 0),
            ("--parallel", parallel, 1), ("--limit", limit ?? 1, 1),
        ] where !(least ... 1 << 24).contains(value) {
            throw ValidationError("\(name) must lie between \(least) and \(1 << 24), not \(value)")
        }
    }

    func run() throws {
        let base = try baseOption.open()
        let all = try DataSet.read(data)
        let asked = all.with(rows: Array(all.rows.prefix(limit ?? all.rows.count)))
        let rest = all.with(rows: Array(all.rows.dropFirst(asked.rows.count)))
        let source = try shotsFrom.map { try DataSet.read($0) } ?? rest
        if shots > 0, source.rows.isEmpty {
            throw Failure(
                "\(data): no row is left for worked examples; give --limit or --shots-from",
                code: Failure.badUsage)
        }
        let loaded = try adapter.map { try AdapterFile.open($0, for: base.architecture) }
        var progress = ProgressLine(
            "evaluating", total: asked.rows.count,
            style: .detected(isQuiet: quiet || format == .json))
        let applied = loaded.map { (file: $0, shape: LowRank($0.configuration)) }
        let result = try evaluate(
            base, adapter: applied, on: asked,
            options: TaskEvaluationOptions(
                shots: shots, shotSource: source, maximumNewTokens: maxNewTokens, slots: parallel,
                seed: seed), workers: threads.workers
        ) { progress.advance(to: $0) }
        progress.finish()
        if let logits {
            let prompts = Array(result.prompts.prefix(4))
            let values = try lastLogits(
                base, adapter: applied, prompts: prompts, workers: threads.workers)
            try Reporting.AtomicFile.write(
                Self.text(prompts: prompts, logits: values), to: logits)
        }
        switch format {
        case .json: emit(try json(result).text(.pretty))
        case .table, .markdown, .csv:
            emit(try table(result).text(as: format, style: .detected(descriptor: 1)))
        }
    }

    private static func text(prompts: [[Int32]], logits: [[Float]]) -> String {
        let list = zip(prompts, logits).map { ids, values -> Reporting.JSONValue in
            [
                "ids": .array(ids.map { .integer(Int64($0)) }),
                "logits": .array(values.map { .number(Double($0)) }),
            ]
        }
        return Reporting.JSONValue.object([.init("prompts", .array(list))]).text(.compact) + "\n"
    }

    private func json(_ result: TaskEvaluation) throws -> Reporting.JSONValue {
        let scores = result.scores
        func share(_ successes: Int, _ key: String) throws -> [Reporting.JSONValue.Member] {
            guard scores.count > 0 else { return [.init(key, .null)] }
            let range = try Intervals.wilson(successes: successes, trials: scores.count)
            return [
                .init(key, .number(Double(successes) / Double(scores.count))),
                .init("\(key)Range", [.number(range.lowerBound), .number(range.upperBound)]),
            ]
        }
        var members: [Reporting.JSONValue.Member] = [
            .init("rows", .count(result.count)), .init("shots", .count(shots)),
            .init("lossPerToken", .optional(result.lossPerToken)),
            .init("targetTokens", .count(result.targetTokens)),
        ]
        members += try share(scores.exactMatches, "exactMatch")
        if scores.objectCount > 0 {
            members += try share(scores.validJSON, "validJSON")
            members += [
                .init("fieldF1", .number(scores.fields.f1)),
                .init("fieldPrecision", .number(scores.fields.precision)),
                .init("fieldRecall", .number(scores.fields.recall)),
            ]
        }
        members += [
            .init("promptTokens", .count(result.promptTokens)),
            .init("generatedTokens", .count(result.generatedTokens)),
            .init("tokensPerSecond", .optional(result.tokensPerSecond)),
            .init("skipped", .count(result.skipped)),
        ]
        if answers {
            members.append(
                .init(
                    "answers",
                    .array(
                        result.answers.map { answer in
                            [
                                "line": .count(answer.line), "answer": .string(answer.text),
                                "reference": .string(answer.reference),
                            ]
                        })))
        }
        return .object(members)
    }

    private func table(_ result: TaskEvaluation) throws -> Table {
        var table = Table(columns: [
            .init("measure"), .init("value", alignment: .right), .init("95% range"),
        ])
        let scores = result.scores
        func add(_ name: String, _ value: String, _ range: String = "") {
            table.append([.text(name), .text(value), .text(range)])
        }
        func share(_ name: String, _ successes: Int) throws {
            let range = try Intervals.wilson(successes: successes, trials: scores.count)
            add(
                name, "\(fixed(100 * Double(successes) / Double(scores.count), 1))%",
                "\(fixed(100 * range.lowerBound, 1))–\(fixed(100 * range.upperBound, 1))%")
        }
        add("rows", "\(result.count)")
        if let loss = result.lossPerToken { add("loss per token", fixed(loss, 4)) }
        if scores.count > 0 {
            try share("exact match", scores.exactMatches)
            if scores.objectCount > 0 {
                try share("valid JSON", scores.validJSON)
                add("field F1", fixed(scores.fields.f1, 3))
            }
        }
        if let speed = result.tokensPerSecond { add("generated tokens/s", significant(speed)) }
        if result.skipped > 0 {
            table.notes.append("\(result.skipped) prompts left no room to answer")
        }
        return table
    }
}

extension TaskEvaluation {
    /// Generated tokens a second, prompts included in the time.
    var tokensPerSecond: Double? {
        generationSeconds > 0 ? Double(generatedTokens) / generationSeconds : nil
    }
}
