import Architectures
import Planning
import Quantities
import StepPrograms
import TrainingSteps

/// A change of a run that may lower its memory.
package struct Lever: Sendable, Hashable {
    /// What is changed, in words.
    package let name: String
    /// The changed run.
    package let reading: MeasuredConfiguration
    /// Whether the time of the change is modelled; what passes between GPU and host is not.
    package let isTimed: Bool

    /// Everything that could be changed about a run.
    package static func all(for run: MeasuredConfiguration) -> [Lever] {
        var builder = LeverBuilder(run)
        builder.addActivations()
        builder.addLoss()
        builder.addOptimizers()
        builder.addSharding()
        builder.addOffload()
        builder.addStrategies()
        return builder.levers
    }
}

/// Collects the changes that a run admits.
private struct LeverBuilder {
    let run: MeasuredConfiguration
    var levers: [Lever] = []
    private var configuration: FrameworkConfiguration { run.configuration }

    init(_ run: MeasuredConfiguration) { self.run = run }

    private mutating func add(
        _ name: String, isTimed: Bool = true, _ change: (inout FrameworkConfiguration) -> Void
    ) {
        var changed = run
        change(&changed.configuration)
        guard changed != run else { return }
        levers.append(Lever(name: name, reading: changed, isTimed: isTimed))
    }

    mutating func addActivations() {
        if configuration.checkpointing != .full {
            add("checkpoint every layer") { $0.checkpointing = .full }
            add("checkpoint selectively") { $0.checkpointing = .selective }
        }
        let batch = configuration.batch
        if batch.sequences > 1 {
            add("half the micro-batch, accumulated") {
                $0.batch.sequences = (batch.sequences + 1) / 2
                $0.batch.accumulation = batch.accumulation * 2
            }
            add("micro-batch 1, accumulated") {
                $0.batch.sequences = 1
                $0.batch.accumulation = batch.accumulation * batch.sequences
            }
        }
        if batch.length > 1 {
            add("half the length") { $0.batch.length = (batch.length + 1) / 2 }
        }
        add("FlashAttention 2") { $0.attention = .flash }
    }

    mutating func addLoss() {
        add("fused head and loss (Liger)") { $0.crossEntropy = .fusedLinear }
        add("loss in 8 chunks") { $0.crossEntropy = .chunked(pieces: 8) }
        add("fused loss kernel") { $0.crossEntropy = .fusedKernel }
    }

    mutating func addOptimizers() {
        let choices: [(String, Optimizer, Bool)] = [
            ("AdamW without foreach", .adamW(foreach: false), true),
            ("8-bit AdamW", .adamW8bit(paged: false), true),
            ("paged AdamW", .pagedAdamW, false),
            ("paged 8-bit AdamW", .adamW8bit(paged: true), false),
            ("Lion", .lion, true),
            ("Adafactor", .adafactor, true),
        ]
        for (name, optimizer, isTimed) in choices {
            add(name, isTimed: isTimed) { $0.optimizer = optimizer }
        }
    }

    mutating func addSharding() {
        let parallelism = configuration.parallelism
        if parallelism.dataCount == 1 {
            guard parallelism.deviceCount == 1 else { return }
            for count in [2, 4, 8] {
                add("sharded over \(count) GPUs (ZeRO-3, FSDP)") {
                    $0.parallelism.dataCount = count
                    $0.parallelism.sharding = .full
                }
            }
            return
        }
        add("optimizer sharded (ZeRO-1)") { $0.parallelism.sharding = .optimizer }
        add("optimizer and gradients sharded (ZeRO-2)") { $0.parallelism.sharding = .gradients }
        add("everything sharded (ZeRO-3, FSDP)") { $0.parallelism.sharding = .full }
        add("twice the GPUs, everything sharded") {
            $0.parallelism.dataCount = 2 * parallelism.dataCount
            $0.parallelism.sharding = .full
        }
    }

    mutating func addOffload() {
        let choices: [(String, FrameworkConfiguration.Offload)] = [
            ("optimizer state on the host", .optimizer), ("weights on the host", .parameters),
            ("checkpoints on the host", .activations),
        ]
        for (name, part) in choices {
            add(name, isTimed: false) { $0.offload.insert(part) }
        }
    }

    mutating func addStrategies() {
        let targets = try? AdapterTargets("all-linear", in: run.architecture).linears
        let adapter = LowRank(targets: targets ?? [])
        switch configuration.strategy {
        case .full, .continuedPretraining:
            add("LoRA of rank 16 instead of every weight") { $0.strategy = .lora(adapter) }
            addQuantized(
                "QLoRA of rank 16 instead of every weight", .qlora(adapter, doubleQuantized: true))
        case .lora(let adapter):
            addQuantized("NF4 base (QLoRA)", .qlora(adapter, doubleQuantized: true))
        case .qlora(let adapter, false):
            addQuantized("double quantisation", .qlora(adapter, doubleQuantized: true))
        case .dpo(.full(let reference), let beta):
            if reference == .frozenCopy {
                add("log-probabilities of the reference before training") {
                    $0.strategy = .dpo(.full(.precomputed), beta: beta)
                }
            }
            add("LoRA of rank 16 instead of every weight") {
                $0.strategy = .dpo(.lora(adapter), beta: beta)
            }
        case .dpo(.lora(let adapter), let beta):
            addQuantized(
                "NF4 base (QLoRA)", .dpo(.qlora(adapter, doubleQuantized: true), beta: beta))
        case .promptOnly, .qlora(_, true), .dpo(.qlora, _): break
        }
    }

    private mutating func addQuantized(_ name: String, _ strategy: Strategy) {
        add(name) {
            $0.strategy = strategy
            $0.frozenFormat = nil
        }
    }
}
