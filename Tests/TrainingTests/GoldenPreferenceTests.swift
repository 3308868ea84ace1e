import Engine
import Foundation
import ModelFiles
import Testing
import Training
import TrainingSteps

/// A golden file of preference training.
struct GoldenPreferences: Decodable {
    struct Pair: Decodable {
        let promptIds: [Int32]
        let chosenIds: [Int32]
        let rejectedIds: [Int32]
    }
    struct Case: Decodable {
        struct Step: Decodable {
            let referenceLogProbabilityChosen: [Double]
            let referenceLogProbabilityRejected: [Double]
        }
        let policy: String
        let adapter: String?
        let steps: [Step]
    }
    let beta: Double
    let pairs: [Pair]

    /// Rows of a batch that holds all pairs.
    var shape: BatchShape {
        let longest = pairs.map {
            $0.promptIds.count + max($0.chosenIds.count, $0.rejectedIds.count)
        }
        return BatchShape(sequences: 2 * pairs.count, length: longest.max() ?? 0)
    }

    /// All pairs as the engine takes them, arranged by the product.
    var input: StepInput {
        let examples = pairs.enumerated().map { index, pair in
            func example(_ response: [Int32]) -> Example {
                Example(
                    tokens: pair.promptIds + response,
                    isTarget: pair.promptIds.map { _ in false } + response.map { _ in true },
                    line: index + 1)
            }
            return ExamplePair(
                chosen: example(pair.chosenIds), rejected: example(pair.rejectedIds))
        }
        let batches = PreferenceBatches(
            pairs: examples, shape: BatchShape(sequences: pairs.count, length: shape.length),
            arrangement: .padded, order: .sequential, paddingToken: 0)
        return StepInput(batches.step(0)[0])
    }
}

/// Where the reference of a preference run comes from.
enum GoldenReference: String, CaseIterable {
    case adapterOff, frozenCopy, precomputed

    /// The policy of the golden case that has the same numbers.
    var goldenPolicy: String { self == .adapterOff ? "adapter" : "full" }

    /// The strategy.
    func strategy(_ adapter: LowRank?, beta: Double) throws -> Strategy {
        switch self {
        case .adapterOff: .dpo(.lora(try #require(adapter)), beta: beta)
        case .frozenCopy: .dpo(.full(.frozenCopy), beta: beta)
        case .precomputed: .dpo(.full(.precomputed), beta: beta)
        }
    }
}

/// Direct preference optimisation of the tiny checkpoints, as TRL does it.
@Suite struct GoldenPreferenceTests {
    struct File: Decodable {
        struct Named: Decodable {
            let model: String
        }
        let cases: [Named]
    }

    struct Runs: Decodable { let cases: [GoldenRun] }
    struct Cases: Decodable { let cases: [GoldenPreferences.Case] }

    @Test(arguments: Golden.models, GoldenReference.allCases)
    func stepsAreThoseOfTRL(name: String, reference: GoldenReference) throws {
        let names = try Golden.read("tiny-dpo", as: File.self).cases.map(\.model)
        let cases = try Golden.read("tiny-dpo", as: Cases.self).cases
        let runs = try Golden.read("tiny-dpo", as: Runs.self).cases
        let file: GoldenPreferences = try Golden.read("tiny-dpo")
        let index = try #require(
            cases.indices.first {
                names[$0] == name && cases[$0].policy == reference.goldenPolicy
            })
        let model = try Golden.model(name)
        let adapter =
            reference == .adapterOff
            ? try Golden.adapter(try #require(cases[index].adapter), for: model) : nil
        let (input, workers) = (file.input, Workers(count: 2))
        var prepared = input
        var scorer = try ReferenceScorer(
            model.architecture, weights: .checkpoint(model), batch: file.shape, workers: workers)
        let logs = scorer.logProbabilities(input)
        if reference == .precomputed { prepared.referenceLogProbabilities = logs }

        let sums = try sums(of: logs, by: input, count: file.shape.sequences)
        let first = cases[index].steps[0]
        expectGolden(
            sums, first.referenceLogProbabilityChosen + first.referenceLogProbabilityRejected,
            Tolerance(relative: 2e-6), "log-probabilities of the reference")

        let strategy = try reference.strategy(adapter?.lowRank, beta: file.beta)
        var trainer = try Trainer(
            model.architecture, weights: .checkpoint(model), adapter: adapter,
            configuration: runs[index].configuration(strategy, file.shape, workers: workers.count),
            workers: workers)
        try runs[index].expectSame(&trainer) { _ in [prepared] }
    }

    /// Sums of log-probabilities over each response.
    private func sums(of logs: [Float], by input: StepInput, count: Int) throws -> [Double] {
        var sums = [Double](repeating: 0, count: count)
        for (log, sequence) in zip(logs, try #require(input.sequences)) where sequence >= 0 {
            sums[Int(sequence)] += Double(log)
        }
        return sums
    }
}
