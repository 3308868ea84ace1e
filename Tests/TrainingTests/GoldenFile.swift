import Architectures
import Foundation
import ModelFiles
import Training
import TrainingSteps

/// Files that PyTorch and its relatives made; Tests/Golden/README.md says how.
enum Golden {
    static let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent()

    /// The four checkpoints of random weights.
    static let models = ["tiny-llama", "tiny-llama3", "tiny-qwen2", "tiny-qwen3"]

    /// Reads Tests/Fixtures/golden/`name`.json.
    static func read<Content: Decodable>(
        _ name: String, as type: Content.Type = Content.self
    ) throws -> Content {
        let path = tests.appendingPathComponent("Fixtures/golden/\(name).json")
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Content.self, from: Data(contentsOf: path))
    }

    /// Opens a checkpoint of Tests/Fixtures/models.
    static func model(_ name: String) throws -> ModelFile {
        try ModelFile.open(tests.appendingPathComponent("Fixtures/models/\(name)").path)
    }

    /// Opens an adapter of Tests/Fixtures/models.
    static func adapter(_ name: String, for model: ModelFile) throws -> AdapterFile {
        try AdapterFile.open(
            tests.appendingPathComponent("Fixtures/models/\(name)").path, for: model.architecture)
    }

    /// Runs `body` with the path of a directory that does not exist yet and is removed afterwards.
    static func withTemporaryPath<Result>(_ body: (String) throws -> Result) throws -> Result {
        let url = FileManager.default.temporaryDirectory
            .appendingPathComponent("tuneplan-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: url) }
        return try body(url.path)
    }
}

extension AdapterFile {
    /// The adapter as a strategy describes it.
    var lowRank: LowRank {
        LowRank(
            rank: configuration.rank, alpha: configuration.alpha,
            targets: Set(configuration.targets))
    }
}

/// A batch as transformers takes it; `labels[t]` is the token at t, or -100.
struct GoldenBatch: Decodable {
    let inputIds: [[Int32]]
    let attentionMask: [[Int]]?
    let positionIds: [[Int32]]?
    let labels: [[Int32]]

    /// The rows without their padding.
    var examples: [Example] {
        inputIds.indices.map { row in
            let count = attentionMask?[row].reduce(0, +) ?? inputIds[row].count
            return Example(
                tokens: Array(inputIds[row].prefix(count)),
                isTarget: labels[row].prefix(count).map { $0 >= 0 }, line: row + 1)
        }
    }

    /// What the engine takes, arranged by the product: padded to `length`, filled up to `rows` rows.
    func input(rows: Int, length: Int) -> StepInput {
        StepInput(
            Batches(
                examples: examples, shape: BatchShape(sequences: rows, length: length),
                arrangement: .padded, order: .sequential, paddingToken: 0
            ).step(0)[0])
    }

    /// Rows without padding whose segments begin where positions do.
    var inputOfPositions: StepInput {
        let width = inputIds[0].count
        let labels = labels.flatMap { $0.dropFirst() + [-100] }
        let positions = positionIds ?? inputIds.map { Array(0 ..< Int32($0.count)) }
        return StepInput(
            tokens: inputIds.flatMap { $0 }, targets: labels.map { max($0, -1) },
            segmentStarts: positions.flatMap { $0 }.enumerated().map { Int32($0) - $1 },
            tokenCount: inputIds.count * width)
    }
}

/// Norm, sum and first values of a tensor.
struct GoldenTensor: Decodable {
    let norm: Double
    let sum: Double
    let first: [Double]

    init(from decoder: any Decoder) throws {
        if let values = try? decoder.singleValueContainer().decode([Double].self) {
            (norm, sum, first) = (values[0], values[1], Array(values.dropFirst(2)))
            return
        }
        let values = try decoder.container(keyedBy: Key.self)
        norm = try values.decode(Double.self, forKey: .norm)
        sum = try values.decode(Double.self, forKey: .sum)
        first = try values.decode([Double].self, forKey: .first)
    }

    private enum Key: CodingKey { case norm, sum, first }
}

/// A training run: its settings, what each step showed, tensors before and after.
struct GoldenRun: Decodable {
    struct Optimizer: Decodable {
        let learningRate: Double
        let weightDecay: Double
        let maxGradientNorm: Double
    }
    struct WarmUp: Decodable {
        let warmupSteps: Int
        let totalSteps: Int
    }
    struct Step: Decodable {
        let loss: Double
        let gradientNorm: Double
        let learningRate: Double?
        let targetTokens: Int?
        let rewardsChosen: Double?
        let rewardsRejected: Double?
        let rewardsMargins: Double?
        let rewardsAccuracies: Double?
    }
    let adapter: String?
    let batchesOfStep: [[Int]]?
    let optimizer: Optimizer
    let schedule: WarmUp?
    let trainableParameters: Int?
    let steps: [Step]
    let firstStepGradients: [String: GoldenTensor]?
    let finalParameters: [String: GoldenTensor]?
}
