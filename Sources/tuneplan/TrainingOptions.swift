import Architectures
import ArgumentParser
import ModelFiles
import Training
import TrainingSteps

/// What is trained and how.
struct TrainingOptions: ParsableArguments {
    enum StrategyName: String, ExpressibleByArgument, CaseIterable {
        case full, lora, qlora, dpo
        case continuedPretraining = "continued-pretraining"
    }

    enum PolicyName: String, ExpressibleByArgument, CaseIterable { case lora, qlora, full }

    enum Checkpointing: String, ExpressibleByArgument, CaseIterable { case none, full }

    @Option(help: "What is trained.")
    var strategy: StrategyName
    @Option(help: "Optimizer steps; one epoch by default.")
    var steps: Int?
    @Option(help: "Rows (pairs for dpo) of a microbatch.")
    var batchSize = 4
    @Option(help: "Microbatches of a step.")
    var gradientAccumulation = 1
    @Option(help: "Most tokens of a row.")
    var sequenceLength = 256
    @Option(
        help:
            "The highest learning rate; by default 2e-4 for adapters, 5e-5 otherwise, 5e-6 for dpo."
    )
    var learningRate: Double?
    @Option(help: "Decoupled weight decay of every trained weight.")
    var weightDecay = 0.0
    @Option(help: "The shape of the learning rate after warm-up.")
    var schedule = Schedule.Shape.cosine
    @Option(help: "Steps over which the learning rate climbs from zero.")
    var warmupSteps = 0
    @Option(help: "Gradients are scaled down to this norm; 0 leaves them alone.")
    var maxGradientNorm = 1.0
    @Option(help: "Rank of the adapter.")
    var rank = 16
    @Option(help: "Numerator of the adapter's scale alpha / rank.")
    var alpha = 32.0
    @Option(
        help: "Layers with an adapter: all-linear, attention, mlp or names such as q_proj,v_proj.")
    var targets = "all-linear"
    @Option(help: "An adapter in PEFT's format to start from.")
    var adapter: String?
    @Option(help: "Strength of the preference against the reference.")
    var beta = 0.1
    @Option(help: "What dpo trains.")
    var policy = PolicyName.lora
    @Option(help: "Where the reference of a full dpo comes from.")
    var reference = Strategy.Reference.frozenCopy
    @Flag(
        inversion: .prefixedNo,
        help: "Whether the scales of 4-bit weights are quantised too.")
    var doubleQuantization = true
    @Option(help: "Whether layers are run again in the backward pass instead of being kept.")
    var checkpointing = Checkpointing.none
    @Flag(inversion: .prefixedNo, help: "Several rows share one sequence; on for raw text.")
    var packing: Bool?
    @Flag(inversion: .prefixedNo, help: "A new order of rows in each epoch.")
    var shuffle = true
    @Option(help: "Seed of the order, the split and fresh adapters.")
    var seed: UInt64 = 0

    func validate() throws {
        for (name, value) in [
            ("--batch-size", batchSize), ("--gradient-accumulation", gradientAccumulation),
            ("--sequence-length", sequenceLength), ("--rank", rank), ("--steps", steps ?? 1),
        ] where value < 1 {
            throw ValidationError("\(name) must be at least 1, not \(value)")
        }
        for (name, value, most) in [
            ("--batch-size", batchSize, 1 << 24), ("--sequence-length", sequenceLength, 1 << 24),
            ("--gradient-accumulation", gradientAccumulation, 1 << 24),
            ("--steps", steps ?? 1, 1 << 24), ("--rank", rank, 1 << 16),
        ] where value > most {
            throw ValidationError("\(name) must be at most \(most), not \(value)")
        }
        guard warmupSteps >= 0 else { throw ValidationError("--warmup-steps must not be negative") }
        for (name, value) in [
            ("--learning-rate", learningRate ?? 0), ("--weight-decay", weightDecay),
            ("--max-gradient-norm", maxGradientNorm),
        ] where !(value >= 0 && value.isFinite) {
            throw ValidationError("\(name) must be a finite number that is not negative")
        }
        for (name, value) in [("--alpha", alpha), ("--beta", beta)]
        where !(value > 0 && value.isFinite) {
            throw ValidationError("\(name) must be a positive finite number")
        }
        _ = try linearLayers(named: targets)
    }

    /// The strategy; a given adapter decides its own rank, scale and targets.
    func makeStrategy(adapterFile: AdapterFile?) throws -> Strategy {
        var shape = LowRank(rank: rank, alpha: alpha, targets: try linearLayers(named: targets))
        if let configuration = adapterFile?.configuration { shape = LowRank(configuration) }
        if adapterFile != nil, !usesAdapter {
            throw Failure(
                "--adapter needs a strategy that trains an adapter (lora, qlora, dpo), not "
                    + strategy.rawValue + (strategy == .dpo ? " with --policy full" : ""),
                code: Failure.badUsage)
        }
        switch strategy {
        case .full: return .full
        case .continuedPretraining: return .continuedPretraining
        case .lora: return .lora(shape)
        case .qlora: return .qlora(shape, doubleQuantized: doubleQuantization)
        case .dpo:
            switch policy {
            case .lora: return .dpo(.lora(shape), beta: beta)
            case .qlora:
                return .dpo(.qlora(shape, doubleQuantized: doubleQuantization), beta: beta)
            case .full: return .dpo(.full(reference), beta: beta)
            }
        }
    }

    private var usesAdapter: Bool {
        switch strategy {
        case .lora, .qlora: true
        case .dpo: policy != .full
        case .full, .continuedPretraining: false
        }
    }

    /// The highest learning rate.
    var rate: Double {
        learningRate
            ?? (strategy == .dpo ? 5e-6 : usesAdapter ? 2e-4 : 5e-5)
    }

    /// Arrangement of the data.
    var arranging: TrainingData.Arranging {
        TrainingData.Arranging(
            batchSize: batchSize, sequenceLength: sequenceLength,
            accumulation: gradientAccumulation,
            packs: packing ?? (strategy == .continuedPretraining),
            order: shuffle ? .shuffled(seed: seed) : .sequential)
    }

    /// The configuration of a run over prepared data.
    func configuration(
        _ strategy: Strategy, data: TrainingData, threads: Int
    ) -> TrainingConfiguration {
        let steps = steps ?? data.stepsPerEpoch
        return TrainingConfiguration(
            strategy: strategy, batch: data.batch,
            schedule: Schedule(
                shape: schedule, learningRate: rate, warmupSteps: warmupSteps, totalSteps: steps),
            optimizer: OptimizerConfiguration(
                weightDecay: weightDecay,
                maximumGradientNorm: maxGradientNorm > 0 ? maxGradientNorm : nil),
            profile: LocalProfile(
                workers: threads, checkpointing: checkpointing == .full), seed: seed)
    }
}

extension LowRank {
    /// The shape of a saved adapter; a rank-stabilised scale becomes the alpha that gives it.
    init(_ configuration: AdapterConfiguration) {
        self.init(
            rank: configuration.rank, alpha: configuration.scale * Double(configuration.rank),
            targets: Set(configuration.targets))
    }
}
