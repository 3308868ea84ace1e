import Engine
import ModelFiles
import Testing
import Training
import TrainingSteps

/// Logits of the tiny checkpoints, with and without adapters.
@Suite struct GoldenLogitsTests {
    struct File: Decodable {
        struct Adapted: Decodable {
            let prompt: Int
            let logits: [[Double]]
        }
        let prompts: [[Int32]]
        let logits: [[[Double]]]
        let adapters: [String: Adapted]
    }

    /// The logits of each prompt, computed side by side and padded to the longest.
    private func logits(
        _ prompts: [[Int32]], _ model: ModelFile, _ adapter: AdapterFile?
    ) throws -> [[Float]] {
        let length = prompts.map(\.count).max() ?? 0
        let batch = GoldenBatch(prompts: prompts)
        var evaluator = try Evaluator(
            model.architecture, weights: .checkpoint(model),
            adapter: adapter.map { ($0, $0.lowRank) },
            extents: .init(
                scoring: BatchShape(sequences: prompts.count, length: length), slots: 1,
                capacity: 8, keepsLogits: true), workers: Workers(count: 2))
        let all = evaluator.logits(batch.input(rows: prompts.count, length: length))
        let vocabulary = model.architecture.vocabularySize
        return prompts.indices.map { row in
            let start = row * length * vocabulary
            return Array(all[start ..< start + prompts[row].count * vocabulary])
        }
    }

    private func expectEqual(_ actual: [Float], _ expected: [[Double]], _ name: String) {
        let expected = expected.flatMap { $0 }
        let largest = expected.map(abs).max() ?? 0
        expectGolden(
            actual.map(Double.init), expected, Tolerance(relative: 0, absolute: 2e-6 * largest),
            name)
    }

    @Test(arguments: Golden.models)
    func logitsAreThoseOfPyTorch(name: String) throws {
        let file: File = try Golden.read("\(name)-logits")
        let model = try Golden.model(name)
        let plain = try logits(file.prompts, model, nil)
        for (prompt, golden) in file.logits.enumerated() {
            expectEqual(plain[prompt], golden, "\(name), prompt \(prompt)")
        }
        #expect(!file.adapters.isEmpty)
        for (adapter, golden) in file.adapters.sorted(by: { $0.key < $1.key }) {
            let adapted = try logits(
                [file.prompts[golden.prompt]], model, try Golden.adapter(adapter, for: model))
            expectEqual(adapted[0], golden.logits, adapter)
        }
    }
}

extension GoldenBatch {
    /// Prompts of which every token but the first is a target.
    init(prompts: [[Int32]]) {
        let length = prompts.map(\.count).max() ?? 0
        func padded(_ row: [Int32], _ value: Int32) -> [Int32] {
            row + [Int32](repeating: value, count: length - row.count)
        }
        inputIds = prompts.map { padded($0, 0) }
        labels = prompts.map { padded($0, -100) }
        attentionMask = prompts.map { row in (0 ..< length).map { $0 < row.count ? 1 : 0 } }
        positionIds = nil
    }
}
