import Engine
import ModelFiles
import Testing
import Training
import TrainingSteps

/// A real model: everything the tiny checkpoints are compared in, at 135 million parameters.
@Suite(
    .serialized,
    .enabled(if: SmolLM2.path != nil, "neither TUNEPLAN_SMOLLM2 nor .cache has the model"),
    .disabled(if: SmolLM2.isSlow, "a debug build would take minutes; use -c release"))
struct GoldenSmolLM2Tests {
    static let workers = Workers(count: 2)

    // MARK: Logits

    struct LogitsFile: Decodable {
        let fixedIds: [Int]
        let base: [SmolLM2.Logits]
        let withAdapter: [SmolLM2.Logits]
    }

    private func logits(
        _ model: ModelFile, _ adapter: AdapterFile?, _ texts: [[Int32]],
        doubleQuantization: Bool? = nil, nestedRounding: NestedRounding = .standard
    ) throws -> [[Float]] {
        let length = texts.map(\.count).max() ?? 0
        var evaluator = try Evaluator(
            model.architecture, weights: .checkpoint(model),
            adapter: adapter.map { ($0, $0.lowRank) }, doubleQuantization: doubleQuantization,
            extents: .init(
                scoring: BatchShape(sequences: 1, length: length), slots: 1, capacity: 8,
                keepsLogits: true), workers: Self.workers, nestedRounding: nestedRounding)
        let vocabulary = model.architecture.vocabularySize
        return texts.map { text in
            let batch = GoldenBatch(prompts: [text])
            let all = evaluator.logits(batch.input(rows: 1, length: length))
            return Array(all.prefix(text.count * vocabulary))
        }
    }

    @Test func logitsAreThoseOfPyTorch() throws {
        let file: LogitsFile = try Golden.read("smollm2-logits")
        let model = try SmolLM2.open()
        for (golden, logits) in zip(file.base, try logits(model, nil, file.base.map(\.ids))) {
            try golden.expectEqual(logits, fixedIds: file.fixedIds, "base")
        }
        try SmolLM2.withAdapter(for: model) { adapter in
            let adapted = try logits(model, adapter, file.withAdapter.map(\.ids))
            for (golden, logits) in zip(file.withAdapter, adapted) {
                try golden.expectEqual(logits, fixedIds: file.fixedIds, "with adapter")
            }
        }
    }

    // MARK: Supervised

    struct TrainingFile: Decodable {
        let fixedIds: [Int]
        let batches: [GoldenBatch]
        let cases: [String: GoldenRun]
    }

    struct QuantizedFile: Decodable {
        struct Case: Decodable {
            let restoredNorms: [String: Double]?
            let prompt0: SmolLM2.Logits?
        }
        let cases: [String: Case]
    }

    /// torch adds up the squares of the embedding's gradient in float32; see Tests/Golden/README.md.
    static let full = GoldenTolerances(loss: 1e-4, gradientNorm: 1e-4, gradients: 1e-4)
    static let adapted = GoldenTolerances(loss: 1e-5, gradientNorm: 1e-5, gradients: 1e-4)

    @Test(arguments: ["full", "full-accumulated", "lora", "qlora-exact", "qlora-cpu"])
    func stepsAreThoseOfPyTorch(name: String) throws {
        let file: TrainingFile = try Golden.read("smollm2-training")
        let run = try #require(file.cases[name])
        let turns = try #require(run.batchesOfStep)
        let model = try SmolLM2.open()
        let rounding: NestedRounding = name == "qlora-exact" ? .nearest : .binned
        let shape = BatchShape(sequences: 2, length: 37, accumulation: turns[0].count)
        try SmolLM2.withAdapter(for: model) { adapter in
            let isFull = name.hasPrefix("full")
            let strategy: Strategy =
                isFull
                ? .full
                : name == "lora"
                    ? .lora(SmolLM2.adapterShape)
                    : .qlora(SmolLM2.adapterShape, doubleQuantized: true)
            var trainer = try Trainer(
                model.architecture, weights: .checkpoint(model), adapter: isFull ? nil : adapter,
                configuration: run.configuration(strategy, shape, workers: 2),
                workers: Self.workers, nestedRounding: rounding)
            try run.expectSame(&trainer, isFull ? Self.full : Self.adapted) { step in
                turns[step].map { file.batches[$0].input(rows: 2, length: 37) }
            }
            if name.hasPrefix("qlora") {
                try expectQuantized(model, adapter, trainer, name, rounding, file.fixedIds)
            }
        }
    }

    private func expectQuantized(
        _ model: ModelFile, _ adapter: AdapterFile, _ trainer: borrowing Trainer, _ name: String,
        _ rounding: NestedRounding, _ fixedIds: [Int]
    ) throws {
        let golden = try #require(
            try Golden.read("smollm2-training", as: QuantizedFile.self).cases[name])
        let names = trainer.goldenNames
        for (name, norm) in try #require(golden.restoredNorms) {
            let values = trainer.executor.floatValues(of: try #require(names[name]))
            let squares = values.reduce(0.0) { $0 + Double($1) * Double($1) }
            expectGolden(
                [squares.squareRoot()], [norm],
                Tolerance(relative: GoldenQuantizedTests.restored), "norm of \(name)")
        }
        let prompt = try #require(golden.prompt0)
        let logits = try logits(
            model, adapter, [prompt.ids], doubleQuantization: true, nestedRounding: rounding)
        try prompt.expectEqual(logits[0], fixedIds: fixedIds, name)
    }

    // MARK: Preferences

    struct PreferenceRuns: Decodable { let cases: [GoldenRun] }
    struct PreferenceCases: Decodable { let cases: [GoldenPreferences.Case] }

    @Test(arguments: GoldenReference.allCases)
    func preferenceStepsAreThoseOfTRL(reference: GoldenReference) throws {
        let file: GoldenPreferences = try Golden.read("smollm2-dpo")
        let index = try #require(
            try Golden.read("smollm2-dpo", as: PreferenceCases.self).cases.firstIndex {
                $0.policy == reference.goldenPolicy
            })
        let run = try Golden.read("smollm2-dpo", as: PreferenceRuns.self).cases[index]
        let model = try SmolLM2.open()
        var input = file.input
        if reference == .precomputed {
            var scorer = try ReferenceScorer(
                model.architecture, weights: .checkpoint(model), batch: file.shape,
                workers: Self.workers)
            input.referenceLogProbabilities = scorer.logProbabilities(input)
        }
        let isFull = reference != .adapterOff
        try SmolLM2.withAdapter(for: model) { adapter in
            var trainer = try Trainer(
                model.architecture, weights: .checkpoint(model), adapter: isFull ? nil : adapter,
                configuration: run.configuration(
                    try reference.strategy(SmolLM2.adapterShape, beta: file.beta), file.shape,
                    workers: 2), workers: Self.workers)
            try run.expectSame(&trainer, isFull ? Self.full : Self.adapted) { _ in [input] }
        }
    }
}
