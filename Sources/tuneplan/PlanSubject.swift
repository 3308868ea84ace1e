import Architectures
import ArgumentParser
import Catalog
import Foundation
import ModelFiles
import Planning
import Quantities
import Training
import TrainingSteps

/// The model and the data that are planned for.
struct PlanSubject: ParsableArguments {
    @Option(
        help: """
            The model: a name of the catalog such as Llama-3.1-8B, a config.json, a directory, a GGUF \
            file, or `default` for the small one that comes with tuneplan.
            """)
    var model: String
    @Option(help: "The data set, to measure examples and their lengths.")
    var data: String?
    @Option(
        help: """
            The model whose tokenizer measures the data, where --model has none; without one, four \
            characters count as a token.
            """)
    var base: String?
    @Option(help: "Number of examples, instead of a data set.")
    var examples: Int?
    @Option(help: "Tokens of an example, instead of a data set.")
    var tokensPerExample: Int?

    func validate() throws {
        switch (data, examples, tokensPerExample) {
        case (.some, nil, nil), (nil, .some, .some): break
        case (.some, _, _):
            throw ValidationError("give --data, or --examples and --tokens-per-example, not both")
        case (nil, _, _):
            throw ValidationError("give --data, or both --examples and --tokens-per-example")
        }
        for (name, value) in [("--examples", examples), ("--tokens-per-example", tokensPerExample)]
        {
            if let value, !(1 ... 1 << 40).contains(value) {
                throw ValidationError("\(name) must be at least 1, not \(value)")
            }
        }
    }

    /// The model's name and architecture.
    func model(_ catalog: Catalog) throws -> (name: String, architecture: Architecture) {
        try ModelChoice(model).model(catalog)
    }

    /// Examples and lengths: measured in the data set, else as stated.
    func data(
        model: Architecture, packs: Bool, prompting: inout PlanRequest.Prompting
    ) throws -> PlannedData {
        guard let data else {
            return PlannedData(
                examples: examples ?? 0, lengths: .stated(tokensPerExample ?? 0),
                basis: .assumed("as stated on the command line"), packs: packs)
        }
        let rows = try DataSet.read(data)
        let name = URL(fileURLWithPath: data).lastPathComponent
        guard let tokenizer = try tokenizerPath() else {
            let characters = DataSetSummary(rows).characters.sorted
            return PlannedData(
                examples: rows.rows.count,
                lengths: .measured(characters.map { max(1, ($0 + 3) / 4) }),
                basis: .assumed("four characters of \(name) count as a token"), packs: packs)
        }
        let coding = try TextCoding(try openTokenizer(tokenizer))
        let maker = try ExampleMaker(coding: coding, sequenceLength: nil, contextLength: nil)
        let content = try maker.tokenise(rows).content
        let summary = TokenSummary(
            content, shape: BatchShape(sequences: 1, length: model.contextLength))
        let learnt = Double(summary.targetTokens)
        if content.isSupervised {
            prompting.outputShare = learnt / max(learnt + Double(summary.promptTokens), 1)
        }
        return PlannedData(
            examples: summary.lengths.count, lengths: .measured(summary.lengths.sorted),
            basis: .measured("in \(name) with the tokenizer of \(base ?? self.model)"), packs: packs
        )
    }

    /// What the data say that the strategies do not.
    func warnings(strategies: [Strategy]) -> [String] {
        guard let data, let format = try? DataSet.read(data).format else { return [] }
        return strategies.compactMap { strategy in
            let name = strategy.planName.rawValue
            switch strategy {
            case .dpo:
                guard format != .preference else { return nil }
                return "\(name) is planned as if each row of \(data) were a pair"
            case .full, .lora, .qlora:
                guard format == .text else { return nil }
                return "\(name) is planned as if each document of \(data) were an example"
            case .promptOnly, .continuedPretraining: return nil
            }
        }
    }

    /// The files that decide the plan, besides the catalogs.
    var files: [String] {
        let path = (try? modelPath()) ?? model
        let candidates = [path, "\(path)/config.json", data ?? ""]
        return candidates.filter { PathKind($0) == .file }
    }

    private func modelPath() throws -> String { try ModelChoice(model).path() }

    /// The path of the tokenizer's model, or nil when neither option names one.
    private func tokenizerPath() throws -> String? {
        if let base {
            return base == "default"
                ? try DataDirectory.locate().url.appendingPathComponent("base").path : base
        }
        let path = try modelPath()
        if PathKind("\(path)/tokenizer.json") != nil { return path }
        return path.hasSuffix(".gguf") && PathKind(path) == .file ? path : nil
    }

    private func openTokenizer(_ path: String) throws -> Tokenizer {
        if path.hasSuffix(".gguf") { return try ModelFile.open(path).tokenizer() }
        return try LoadedBase.openWithoutWeights(path).tokenizer
    }
}

extension TokenisedContent {
    /// Whether rows have a prompt and a response.
    fileprivate var isSupervised: Bool {
        if case .examples = self { true } else { false }
    }
}
