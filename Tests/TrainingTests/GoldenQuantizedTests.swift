import Engine
import ModelFiles
import Testing
import Training
import TrainingSteps

/// Adapters on 4-bit weights of the tiny checkpoints, as bitsandbytes and PEFT train them: with the
/// arithmetic of the CUDA kernels (`exact` in the golden file) and with that of the CPU library.
@Suite struct GoldenQuantizedTests {
    struct File: Decodable {
        struct Case: Decodable {
            struct Exact: Decodable {
                let restoredWeights: [String: GoldenTensor]
                let lastPositionLogitsOfPrompt1: [Double]
            }
            struct CPU: Decodable {
                let losses: [Double]
                let gradientNorms: [Double]
                let restoredNorms: [String: Double]
            }
            let model: String
            let adapter: String
            let quantisedWeights: Int
            let nestedCodesDifferingFromCpu: Int
            let exact: Exact
            let cpu: CPU
        }
        let prompt1: [Int32]
        let batches: [GoldenBatch]
        let batchesOfStep: [[Int]]
        let cases: [Case]
    }

    struct Runs: Decodable {
        struct Case: Decodable { let exact: GoldenRun }
        let cases: [Case]
    }

    /// Restored weights are equal bit for bit; what is left of their norms is the digits of the file.
    static let restored = 1e-8

    @Test(arguments: Golden.models, NestedRounding.allCases)
    func stepsAreThoseOfBitsandbytes(name: String, rounding: NestedRounding) throws {
        let file: File = try Golden.read("tiny-qlora")
        let index = try #require(file.cases.firstIndex { $0.model == name })
        let golden = file.cases[index]
        let run = try Golden.read("tiny-qlora", as: Runs.self).cases[index].exact
        let model = try Golden.model(name)
        let adapter = try Golden.adapter(golden.adapter, for: model)
        let shape = BatchShape(sequences: 4, length: 21)
        var trainer = try Trainer(
            model.architecture, weights: .checkpoint(model), adapter: adapter,
            configuration: run.configuration(
                .qlora(adapter.lowRank, doubleQuantized: true), shape, workers: 2),
            workers: Workers(count: 2), nestedRounding: rounding)
        try expectRestored(golden, trainer, rounding)
        let inputs = file.batchesOfStep.map { turn in
            turn.map { file.batches[$0].input(rows: 4, length: 21) }
        }
        switch rounding {
        case .nearest: try run.expectSame(&trainer) { inputs[$0] }
        case .binned:
            let records = try inputs.map { try trainer.train(on: $0) }
            expectGolden(
                records.map(\.loss), golden.cpu.losses, Tolerance(relative: 1e-5), "loss")
            expectGolden(
                records.map(\.gradientNorm), golden.cpu.gradientNorms, Tolerance(relative: 1e-5),
                "gradient norm")
        }
    }

    private func expectRestored(
        _ golden: File.Case, _ trainer: borrowing Trainer, _ rounding: NestedRounding
    ) throws {
        let names = trainer.goldenNames
        var count = 0
        for (name, tensor) in golden.exact.restoredWeights.sorted(by: { $0.key < $1.key }) {
            let values = trainer.executor.floatValues(of: try #require(names[name]))
            count += values.count
            switch rounding {
            case .nearest: tensor.expectEqual(values, within: Self.restored, floor: 0, name)
            case .binned:
                let squares = values.reduce(0.0) { $0 + Double($1) * Double($1) }
                expectGolden(
                    [squares.squareRoot()], [try #require(golden.cpu.restoredNorms[name])],
                    Tolerance(relative: Self.restored), "norm of \(name)")
            }
        }
        #expect(count == golden.quantisedWeights)
    }

    @Test(arguments: Golden.models)
    func logitsAreThoseOfRestoredWeights(name: String) throws {
        let file: File = try Golden.read("tiny-qlora")
        let golden = try #require(file.cases.first { $0.model == name })
        let model = try Golden.model(name)
        let adapter = try Golden.adapter(golden.adapter, for: model)
        let length = file.prompt1.count
        var evaluator = try Evaluator(
            model.architecture, weights: .checkpoint(model), adapter: (adapter, adapter.lowRank),
            doubleQuantization: true,
            extents: .init(
                scoring: BatchShape(sequences: 1, length: length), slots: 1, capacity: 8,
                keepsLogits: true), workers: Workers(count: 2), nestedRounding: .nearest)
        let logits = evaluator.logits(
            GoldenBatch(prompts: [file.prompt1]).input(rows: 1, length: length))
        let expected = golden.exact.lastPositionLogitsOfPrompt1
        let largest = expected.map(abs).max() ?? 0
        expectGolden(
            logits.suffix(expected.count).map(Double.init), expected,
            Tolerance(relative: 0, absolute: 2e-6 * largest), "logits")
    }

    /// The two ways of rounding restore other values in exactly the blocks the golden file counts.
    @Test(arguments: Golden.models)
    func roundingsDifferInAsManyCodesAsRecorded(name: String) throws {
        let file: File = try Golden.read("tiny-qlora")
        let golden = try #require(file.cases.first { $0.model == name })
        let model = try Golden.model(name)
        let run = try #require(try Golden.read("tiny-qlora", as: Runs.self).cases.first).exact
        func restored(_ rounding: NestedRounding) throws -> [[Float]] {
            let trainer = try Trainer(
                model.architecture, weights: .checkpoint(model),
                configuration: run.configuration(
                    .qlora(LowRank(rank: 1), doubleQuantized: true),
                    BatchShape(sequences: 1, length: 8), workers: 1),
                workers: Workers(count: 1), nestedRounding: rounding)
            return try golden.exact.restoredWeights.keys.sorted().map {
                trainer.executor.floatValues(of: try #require(trainer.goldenNames[$0]))
            }
        }
        var differing = 0
        for (a, b) in zip(try restored(.nearest), try restored(.binned)) {
            for start in stride(from: 0, to: a.count, by: 64) {
                let block = start ..< min(start + 64, a.count)
                differing += a[block] == b[block] ? 0 : 1
            }
        }
        #expect(differing == golden.nestedCodesDifferingFromCpu)
    }
}
