import Architectures
import ArgumentParser
import Catalog
import Foundation
import ModelFiles
import Planning
import Quantities
import TrainingSteps
import Validation

/// One run of a framework, as its user would choose it.
struct RunOptions: ParsableArguments {
    @Option(
        help: """
            The model: a name of the catalog such as Llama-3.1-8B, a config.json, a directory or a GGUF \
            file.
            """)
    var model: String?
    @Option(
        help: ArgumentHelp(
            "What is trained: \(Planning.StrategyName.list).", valueName: "strategy"))
    var strategy = "lora"
    @Option(help: "Sequences that a GPU works on at once; pairs count twice for dpo.")
    var microBatch = 1
    @Option(help: "Tokens of a sequence.")
    var length = 2048
    @Option(help: "Micro-batches of an optimizer step.")
    var accumulation = 1
    @Option(help: "What is run again in the backward pass: none, selective or full.")
    var checkpointing = FrameworkConfiguration.Checkpointing.full
    @Option(help: "The attention kernel: eager, sdpa or flash-attention-2.")
    var attention = FrameworkConfiguration.AttentionKernel.scaledDotProduct
    @Option(help: "The loss: \(LossName.list).")
    var loss = LossName.whole
    @Option(help: "The optimizer: \(OptimizerName.list).")
    var optimizer = OptimizerName.adamw
    @Option(help: "Rank of the adapters.")
    var rank = 16
    @Option(
        help: "Layers with an adapter: all-linear, attention, mlp or names such as q_proj,v_proj.")
    var targets = "all-linear"
    @Option(
        help: ArgumentHelp(
            "The framework: \(MemoryBacktest.frameworks.joined(separator: ", ")).",
            valueName: "name"))
    var profile = "transformers"
    @Option(help: "GPUs that work together on different data.")
    var gpus = 1
    @Option(help: "What each GPU keeps: none (DDP), zero1, zero2, zero3 or fsdp.")
    var sharding = ShardingName.zero3
    @Option(
        parsing: .upToNextOption,
        help: "What is kept on the host: optimizer, parameters, activations.")
    var offload: [FrameworkConfiguration.Offload] = []

    func validate() throws {
        for (name, value, most) in [
            ("--micro-batch", microBatch, 1 << 20), ("--length", length, 1 << 24),
            ("--accumulation", accumulation, 1 << 20), ("--rank", rank, 1 << 16),
            ("--gpus", gpus, 1 << 20),
        ] where !(1 ... most).contains(value) {
            throw ValidationError("\(name) must lie between 1 and \(most), not \(value)")
        }
        guard microBatch * length <= 1 << 24 else {
            throw ValidationError(
                "--micro-batch × --length is \(microBatch * length) tokens, at most \(1 << 24) go")
        }
        _ = try framework()
        _ = try strategyName()
    }

    /// The framework among those whose habits are known.
    func framework() throws -> String {
        guard let name = MemoryBacktest.framework(named: profile) else {
            let known = MemoryBacktest.frameworks
            let hint = nearest(to: profile, among: known).map { "; did you mean \($0)?" } ?? ""
            throw ValidationError(
                "--profile: '\(profile)' is not one of \(known.joined(separator: ", "))\(hint)")
        }
        return name
    }

    /// The strategy by name; prompting trains nothing.
    func strategyName() throws -> Planning.StrategyName {
        let found: [Planning.StrategyName]
        do { found = try Planning.StrategyName.parse(strategy) } catch {
            throw ValidationError("--strategy: \(error)")
        }
        guard found.count == 1, let name = found.first, name != .promptOnly else {
            throw ValidationError("--strategy takes one strategy that trains, not '\(strategy)'")
        }
        return name
    }

    /// The run, and the name of its model.
    func run(_ catalog: Catalog) throws -> (name: String, run: MeasuredConfiguration) {
        guard let model else { throw ValidationError("give --model, or --id of a measured run") }
        let found = try ModelChoice(model).model(catalog)
        let adapter = LowRank(
            rank: rank, alpha: 2 * Double(rank),
            targets: try linearLayers(named: targets, in: found.architecture))
        var configuration = FrameworkConfiguration(
            try strategyName().strategy(adapter: adapter, shots: 0),
            batch: BatchShape(
                sequences: microBatch, length: length, accumulation: accumulation),
            checkpointing: checkpointing)
        configuration.attention = attention
        configuration.crossEntropy = loss.value
        configuration.optimizer = optimizer.value
        configuration.offload = Set(offload)
        configuration.parallelism.dataCount = gpus
        configuration.parallelism.sharding = sharding.value
        let run = MeasuredConfiguration(
            found.architecture, configuration, framework: try framework(), modelName: found.name)
        if let refusal = run.sizeRefusal { throw ValidationError(refusal.description) }
        return (found.name, run)
    }
}

/// Names of optimizers on the command line.
enum OptimizerName: String, CaseIterable, ExpressibleByArgument {
    case adamw
    case adamwFused = "adamw-fused"
    case adamw8bit = "adamw-8bit"
    case pagedAdamW = "paged-adamw"
    case pagedAdamW8bit = "paged-adamw-8bit"
    case lion
    case lion8bit = "lion-8bit"
    case adafactor, sgd, muon, galore

    /// All names, for help texts.
    static var list: String { allCases.map(\.rawValue).joined(separator: ", ") }

    /// The optimizer.
    var value: TrainingSteps.Optimizer {
        switch self {
        case .adamw: .adamW(foreach: true)
        case .adamwFused: .adamW(foreach: false)
        case .adamw8bit: .adamW8bit(paged: false)
        case .pagedAdamW: .pagedAdamW
        case .pagedAdamW8bit: .adamW8bit(paged: true)
        case .lion: .lion
        case .lion8bit: .lion8bit
        case .adafactor: .adafactor
        case .sgd: .sgd(momentum: false)
        case .muon: .muon
        case .galore: .galore(rank: 128)
        }
    }
}

/// Names of losses on the command line.
enum LossName: String, CaseIterable, ExpressibleByArgument {
    case whole
    case fusedKernel = "fused-kernel"
    case chunked
    case fusedLinear = "fused-linear"

    /// All names, for help texts.
    static var list: String { allCases.map(\.rawValue).joined(separator: ", ") }

    /// The loss.
    var value: FrameworkConfiguration.CrossEntropy {
        switch self {
        case .whole: .whole
        case .fusedKernel: .fusedKernel
        case .chunked: .chunked(pieces: 8)
        case .fusedLinear: .fusedLinear
        }
    }
}

/// Names of sharding on the command line.
enum ShardingName: String, CaseIterable, ExpressibleByArgument {
    case none, zero1, zero2, zero3, fsdp

    /// What each GPU keeps.
    var value: Parallelism.Sharding {
        switch self {
        case .none: .replicated
        case .zero1: .optimizer
        case .zero2: .gradients
        case .zero3, .fsdp: .full
        }
    }
}

extension FrameworkConfiguration.Checkpointing: ExpressibleByArgument {}
extension FrameworkConfiguration.AttentionKernel: ExpressibleByArgument {}
extension FrameworkConfiguration.Offload: ExpressibleByArgument {}
