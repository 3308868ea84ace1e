import Engine
import ModelFiles
import Testing
import Training
import TrainingSteps

/// Fine-tuning of the tiny checkpoints, as transformers and PEFT do it.
@Suite struct GoldenTrainingTests {
    struct File: Decodable {
        let batches: [GoldenBatch]
        let cases: [String: GoldenRun]
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let model: String
        let name: String
        var testDescription: String { "\(model), \(name)" }
    }

    static let cases =
        Golden.models.flatMap { model in
            ["full", "full-accumulated", "\(model)-lora"].map { Case(model: model, name: $0) }
        } + [Case(model: "tiny-llama", name: "tiny-llama-lora-attention")]

    @Test(arguments: cases)
    func stepsAreThoseOfPyTorch(_ item: Case) throws {
        let file: File = try Golden.read("\(item.model)-training")
        let run = try #require(file.cases[item.name])
        let model = try Golden.model(item.model)
        let adapter = try run.adapter.map { try Golden.adapter($0, for: model) }
        let turns = try #require(run.batchesOfStep)
        let shape = BatchShape(sequences: 4, length: 21, accumulation: turns[0].count)
        var trainer = try Trainer(
            model.architecture, weights: .checkpoint(model), adapter: adapter,
            configuration: run.configuration(
                adapter.map { .lora($0.lowRank) } ?? .full, shape, workers: 2),
            workers: Workers(count: 2))
        try run.expectSame(&trainer) { step in
            turns[step].map { file.batches[$0].input(rows: 4, length: 21) }
        }
    }

    /// All cases of the files are tested.
    @Test func noCaseIsForgotten() throws {
        let named = try Golden.models.map { model in
            try Golden.read("\(model)-training", as: File.self).cases.count
        }
        #expect(named.reduce(0, +) == Self.cases.count)
    }
}
