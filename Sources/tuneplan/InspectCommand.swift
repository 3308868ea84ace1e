import ArgumentParser
import Foundation
import ModelFiles
import Quantities
import Reporting
import Training
import TrainingSteps

/// Shows what a data set or a model file holds.
struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Show what a data set or a model file holds.")

    @Argument(
        help:
            "A data set (JSONL, JSON, text) or a model (GGUF, safetensors, directory, config.json)."
    )
    var file: String
    @OptionGroup var baseOption: BaseOption
    @Flag(help: "Per row the token ids and the loss mask, exactly as training uses them.")
    var tokens = false
    @Option(help: "Most tokens of a row.")
    var sequenceLength: Int?
    @Option(help: "Rows of a microbatch, for the share of padding.")
    var batchSize = 4
    @Option(help: "Rows shown with --tokens.")
    var limit: Int?
    @Option(help: "The form of standard output; json for --tokens, else table by default.")
    var format: OutputFormat?

    func validate() throws {
        for (name, value) in [
            ("--sequence-length", sequenceLength ?? 1), ("--batch-size", batchSize),
            ("--limit", limit ?? 1),
        ] where !(1 ... 1 << 24).contains(value) {
            throw ValidationError("\(name) must lie between 1 and \(1 << 24), not \(value)")
        }
    }

    func run() throws {
        if isModel {
            try show(try inspectModel())
        } else {
            try inspectData()
        }
    }

    /// A model of a kind that does not run here is described by its configuration or header.
    private func inspectModel() throws -> Inspection {
        if isConfiguration {
            return ModelInspection.make(try PlannedModel.open(file), path: file, reason: nil)
        }
        do throws(ModelFileError) {
            return ModelInspection.make(try ModelFile.open(file))
        } catch {
            switch error {
            case .unsupported(_, _, let reason), .unreadable(_, let reason):
                guard let model = try? PlannedModel.open(file) else { throw error }
                return ModelInspection.make(model, path: file, reason: reason)
            case .malformed, .unwritable: throw error
            }
        }
    }

    private var isConfiguration: Bool {
        URL(fileURLWithPath: file).lastPathComponent == "config.json"
    }

    private var isModel: Bool {
        if isConfiguration { return true }
        let kind = try? URL(fileURLWithPath: file).resourceValues(forKeys: [.isDirectoryKey])
        return kind?.isDirectory == true || file.hasSuffix(".gguf")
            || file.hasSuffix(".safetensors")
    }

    private func inspectData() throws {
        let data = try DataSet.read(file)
        let base = try baseOption.open()
        let coding = try TextCoding(base.tokenizer)
        if tokens {
            let maker = try ExampleMaker(
                coding: coding, sequenceLength: sequenceLength,
                contextLength: base.architecture.contextLength)
            let content = try maker.tokenise(data).content
            let dumps = content.dump(first: limit ?? content.count) {
                base.tokenizer.decode([$0], skipSpecialTokens: false)
            }
            emit(dumps.text(as: format ?? .json))
            return
        }
        let maker = try ExampleMaker(coding: coding, sequenceLength: nil, contextLength: nil)
        let content = try maker.tokenise(data).content
        let length = sequenceLength ?? min(base.architecture.contextLength, 2048)
        let shape = try BatchShape(checking: batchSize, length: length)
        try show(
            DataInspection.make(
                DataSetSummary(data), TokenSummary(content, shape: shape), base: base))
    }

    private func show(_ inspection: Inspection) throws {
        switch format ?? .table {
        case .json: emit(inspection.json.text(.pretty))
        case .table, .markdown, .csv:
            let format = format ?? .table
            emit(inspection.table.text(as: format, style: .detected(descriptor: 1)))
        }
    }
}

/// Facts in order, for people and for programs.
struct Inspection {
    private var rows: [(title: String, text: String)] = []
    private var members: [Reporting.JSONValue.Member] = []

    /// Adds a fact; an empty text keeps it out of the table.
    mutating func add(_ title: String, _ key: String, _ value: Reporting.JSONValue, _ text: String)
    {
        members.append(.init(key, value))
        if !text.isEmpty { rows.append((title, text)) }
    }

    /// The facts as one JSON object.
    var json: Reporting.JSONValue { .object(members) }

    /// The facts as a table of two columns.
    var table: Table {
        var table = Table(columns: [.init("fact"), .init("value")])
        for row in rows { table.append([.text(row.title), .text(row.text)]) }
        return table
    }
}

/// What a data set holds.
enum DataInspection {
    static func make(
        _ summary: DataSetSummary, _ tokens: TokenSummary, base: LoadedBase
    ) -> Inspection {
        var result = Inspection()
        func count(_ title: String, _ key: String, _ value: Int) {
            result.add(title, key, .count(value), String(value))
        }
        func share(_ title: String, _ key: String, _ value: Double?) {
            guard let value else { return }
            result.add(title, key, .number(value), "\(fixed(100 * value, 1))%")
        }
        result.add("file", "file", .string(summary.file), summary.file)
        result.add("format", "format", .string(summary.format.rawValue), summary.format.name)
        count("rows", "rows", summary.rowCount)
        count("exact duplicates", "duplicates", summary.duplicateCount)
        count("prompts with several answers", "ambiguousPrompts", summary.ambiguousPromptCount)
        result.add(
            "characters a row", "characters", summary.characters.json, summary.characters.text)
        result.add(
            "tokens a row", "tokens", tokens.lengths.json,
            "\(tokens.lengths.text) (line \(tokens.longestLine) is the longest)")
        result.add("", "longestLine", .count(tokens.longestLine), "")
        count("prompt tokens", "promptTokens", tokens.promptTokens)
        count("target tokens", "targetTokens", tokens.targetTokens)
        count("sequence length", "sequenceLength", tokens.shape.length)
        count("rows cut at that length", "truncated", tokens.truncatedCount)
        count("rows left out", "dropped", tokens.droppedCount)
        if let packed = tokens.packedRowCount { count("rows when packed", "packedRows", packed) }
        share("packing efficiency", "packingEfficiency", tokens.packingEfficiency)
        share("padding when not packed", "paddingShare", tokens.paddingShare)
        result.add("tokenizer of", "base", .string(base.path), base.path)
        return result
    }
}

extension LengthDistribution {
    fileprivate var text: String {
        "mean \(fixed(mean, 1)), p50 \(percentile(50)), p90 \(percentile(90)), "
            + "p95 \(percentile(95)), p99 \(percentile(99)), max \(maximum)"
    }

    fileprivate var json: Reporting.JSONValue {
        [
            "total": .count(total), "mean": .number(mean), "p50": .count(percentile(50)),
            "p90": .count(percentile(90)), "p95": .count(percentile(95)),
            "p99": .count(percentile(99)), "max": .count(maximum),
            "histogram": .array(
                histogram.map {
                    ["from": .count($0.lower), "to": .count($0.upper), "count": .count($0.count)]
                }),
        ]
    }
}
