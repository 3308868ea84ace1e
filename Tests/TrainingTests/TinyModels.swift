import Architectures
import Engine
import StepPrograms
import Testing
import Training
import TrainingSteps

/// Small models whose gradients can be checked number by number.
enum TinyModels {
    static let llama = Architecture(
        family: .llama, vocabularySize: 61, hiddenWidth: 24, layerCount: 2, headCount: 4,
        keyValueHeadCount: 2, headWidth: 6, feedForwardWidth: 33, normEpsilon: 1e-5,
        tiesEmbeddings: false, hasQueryKeyValueBias: false, normalizesQueriesAndKeys: false,
        rotary: .init(theta: 10_000), contextLength: 64)

    static let qwen2: Architecture = {
        var model = llama
        model.family = .qwen2
        model.hasQueryKeyValueBias = true
        model.tiesEmbeddings = true
        return model
    }()

    static let qwen3: Architecture = {
        var model = llama
        model.family = .qwen3
        model.normalizesQueriesAndKeys = true
        model.headWidth = 8
        return model
    }()

    static let adapter = LowRank(rank: 3, alpha: 6)

    /// Rows of several lengths with padding, and prompts that are not targets.
    static func supervised(length: Int = 11, vocabulary: Int = 61) -> StepInput {
        let lengths = [length, 7, 1]
        var input = StepInput(tokens: [], targets: [], segmentStarts: [], tokenCount: 0)
        for (row, count) in lengths.enumerated() {
            for place in 0 ..< length {
                let index = row * length + place
                let isThere = place < count
                input.tokens.append(isThere ? Int32((index * 17 + 3) % vocabulary) : 0)
                let hasTarget = place + 1 < count && place >= row
                input.targets.append(hasTarget ? Int32(((index + 1) * 17 + 3) % vocabulary) : -1)
                input.segmentStarts.append(Int32(isThere ? row * length : index))
                input.tokenCount += isThere ? 1 : 0
            }
        }
        return input
    }

    /// Two pairs of responses.
    static func preference(length: Int = 9, vocabulary: Int = 61) -> StepInput {
        var input = StepInput(tokens: [], targets: [], segmentStarts: [], tokenCount: 0)
        var sequences: [Int32] = []
        for row in 0 ..< 4 {
            let count = length - row % 3
            for place in 0 ..< length {
                let index = row * length + place
                let isThere = place < count
                input.tokens.append(isThere ? Int32((index * 13 + 5) % vocabulary) : 0)
                let hasTarget = place + 1 < count && place >= 3
                input.targets.append(hasTarget ? Int32(((index + 1) * 13 + 5) % vocabulary) : -1)
                sequences.append(hasTarget ? Int32(row) : -1)
                input.segmentStarts.append(Int32(isThere ? row * length : index))
                input.tokenCount += isThere ? 1 : 0
            }
        }
        input.sequences = sequences
        input.pairCount = 2
        return input
    }

    /// A trainer over fresh weights that are larger than a model's, so that gradients are too.
    static func trainer(
        _ architecture: Architecture, _ strategy: Strategy, checkpointing: Bool = false,
        accumulation: Int = 1, overwritesDeadTensors: Bool = false, learningRate: Double = 1e-2,
        workers: Int = 1, enlarges: Bool = true
    ) throws -> Trainer {
        let isPreference = if case .dpo = strategy { true } else { false }
        let sequences = isPreference ? 4 : 3
        let length = isPreference ? 9 : 11
        var trainer = try Trainer(
            architecture, weights: .random(seed: 7),
            configuration: TrainingConfiguration(
                strategy: strategy,
                batch: BatchShape(
                    sequences: sequences, length: length, accumulation: accumulation),
                schedule: Schedule(
                    shape: .constant, learningRate: learningRate, warmupSteps: 0, totalSteps: 10),
                optimizer: OptimizerConfiguration(weightDecay: 0.1),
                profile: LocalProfile(workers: workers, checkpointing: checkpointing), seed: 3),
            workers: Workers(count: workers), overwritesDeadTensors: overwritesDeadTensors)
        if enlarges { enlarge(&trainer) }
        return trainer
    }

    /// Multiplies the matrices and fills the adapters' B, which begins as zero.
    private static func enlarge(_ trainer: inout Trainer) {
        for (parameter, id) in trainer.step.model.parameters {
            guard trainer.executor.program[id].format == .float32 else { continue }
            trainer.executor.fill(id) { span in
                for index in span.indices {
                    switch parameter {
                    case .weight, .tokenEmbedding, .outputHead: span[index] *= 12
                    case .bias: span[index] = Float(index % 7) * 0.05 - 0.15
                    default: span[index] = 0.7 + Float(index % 5) * 0.15
                    }
                }
            }
        }
        for (parameter, id) in trainer.step.model.adapters where parameter.matrix == .b {
            trainer.executor.fill(id) { span in
                for index in span.indices { span[index] = Float(index * 37 % 19) * 0.03 - 0.27 }
            }
        }
    }

    static func input(for strategy: Strategy) -> StepInput {
        if case .dpo = strategy { preference() } else { supervised() }
    }
}
