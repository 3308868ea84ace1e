import Engine
import ModelFiles
import Testing
import Training
import TrainingSteps

/// Continued pretraining of the tiny checkpoints on packed blocks, as transformers does it.
@Suite struct GoldenPretrainingTests {
    struct File: Decodable {
        struct Case: Decodable {
            let model: String
            let variant: String
            let firstStepTokenLosses: [[Double]]
        }
        let documents: [[Int]]
        let batches: [String: GoldenBatch]
        let cases: [Case]
    }

    struct Runs: Decodable { let cases: [GoldenRun] }

    static let variants = ["crossing", "separated", "separated-unlabelled"]

    private func expectSame(
        _ name: String, _ variant: String, rows: Int,
        input: (GoldenBatch, File) throws -> StepInput
    ) throws {
        let file: File = try Golden.read("tiny-pretraining")
        let runs = try Golden.read("tiny-pretraining", as: Runs.self).cases
        let index = try #require(
            file.cases.indices.first {
                file.cases[$0].model == name && file.cases[$0].variant == variant
            })
        let batch = try #require(file.batches[variant])
        let input = try input(batch, file)
        let model = try Golden.model(name)
        let shape = BatchShape(sequences: rows, length: batch.inputIds[0].count)
        if rows == batch.inputIds.count {
            var scorer = try ReferenceScorer(
                model.architecture, weights: .checkpoint(model), batch: shape,
                workers: Workers(count: 1))
            let logs = scorer.logProbabilities(input)
            let losses = file.cases[index].firstStepTokenLosses.flatMap {
                (row: [Double]) -> [Double] in row + [0]
            }
            expectGolden(
                logs.map { -Double($0) }, losses, Tolerance(relative: 1e-5, absolute: 1e-5),
                "loss of each token")
        }
        var trainer = try Trainer(
            model.architecture, weights: .checkpoint(model),
            configuration: runs[index].configuration(.continuedPretraining, shape, workers: 2),
            workers: Workers(count: 2))
        try runs[index].expectSame(&trainer) { _ in [input] }
    }

    @Test(arguments: Golden.models, variants)
    func stepsAreThoseOfPyTorch(name: String, variant: String) throws {
        try expectSame(name, variant, rows: 2) { batch, _ in batch.inputOfPositions }
    }

    /// The blocks that the product cuts are those of the golden file.
    @Test func blocksCrossDocuments() throws {
        let file: File = try Golden.read("tiny-pretraining")
        let batch = try #require(file.batches["crossing"])
        let blocks = Batches(
            documents: documents(of: batch, file),
            shape: BatchShape(sequences: 2, length: 32), arrangement: .packed, order: .sequential,
            paddingToken: 0)
        #expect(StepInput(blocks.step(0)[0]) == batch.inputOfPositions)
    }

    /// Documents packed by the product, which puts them in other rows, give the same steps.
    @Test(arguments: Golden.models)
    func packedDocumentsKeepApart(name: String) throws {
        try expectSame(name, "separated-unlabelled", rows: 3) { batch, file in
            let packed = Batches(
                examples: documents(of: batch, file),
                shape: BatchShape(sequences: 3, length: 32), arrangement: .packed,
                order: .sequential, paddingToken: 0)
            return StepInput(packed.step(0)[0])
        }
    }

    private func documents(of batch: GoldenBatch, _ file: File) -> [Example] {
        zip(batch.inputIds, file.documents).flatMap { tokens, lengths in
            var rest = tokens[...]
            return lengths.map { length in
                defer { rest = rest.dropFirst(length) }
                return Example(
                    tokens: Array(rest.prefix(length)),
                    isTarget: [Bool](repeating: true, count: length), line: 1)
            }
        }
    }
}
