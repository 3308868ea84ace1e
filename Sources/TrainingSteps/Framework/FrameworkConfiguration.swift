import Architectures
import StepPrograms

/// What a user of a training framework chooses for one run, on each device.
package struct FrameworkConfiguration: Sendable, Hashable {
    /// What is trained.
    package var strategy: Strategy
    /// Sequences, length and accumulation of one device.
    package var batch: BatchShape
    /// What is run again in the backward pass.
    package var checkpointing = Checkpointing.full
    /// The attention kernel.
    package var attention = AttentionKernel.scaledDotProduct
    /// How the loss is computed from the last hidden rows.
    package var crossEntropy = CrossEntropy.whole
    /// The optimizer.
    package var optimizer = Optimizer.adamW(foreach: true)
    /// Whether each weight is updated as soon as its gradient is there, which is then freed.
    package var updatesInBackward = false
    /// How frozen linear weights are stored, where that is not what the strategy says.
    package var frozenFormat: StorageFormat?
    /// Whether adapters drop part of their input.
    package var dropsAdapterInput = false
    /// Whether embeddings and head are trained beside the adapters.
    package var trainsEmbeddings = false
    /// How the work is divided among devices.
    package var parallelism = Parallelism()
    /// What is kept in the memory of the host.
    package var offload: Set<Offload> = []

    package init(
        _ strategy: Strategy, batch: BatchShape, checkpointing: Checkpointing = .full
    ) {
        self.strategy = strategy
        self.batch = batch
        self.checkpointing = checkpointing
    }

    /// What is run again in the backward pass.
    package enum Checkpointing: String, Sendable, Hashable, CaseIterable {
        /// Nothing: every activation is kept.
        case none
        /// Every layer, from its input.
        case full
        /// What is large and cheap: attention, and what lies between products.
        case selective
    }

    /// The attention kernel.
    package enum AttentionKernel: String, Sendable, Hashable, CaseIterable {
        /// Scores and probabilities exist as tensors.
        case eager
        /// PyTorch's `scaled_dot_product_attention`, which tiles.
        case scaledDotProduct = "sdpa"
        /// FlashAttention 2.
        case flash = "flash-attention-2"
    }

    /// How the loss is computed from the last hidden rows.
    package enum CrossEntropy: Sendable, Hashable {
        /// All logits at once, by PyTorch's own function.
        case whole
        /// All logits at once, by a kernel that writes the gradient over them.
        case fusedKernel
        /// All logits in 16 bits, the loss over so many pieces of them.
        case chunked(pieces: Int)
        /// Head and loss together over pieces of rows; all logits never exist.
        case fusedLinear
    }

    /// What is kept in the memory of the host.
    package enum Offload: String, Sendable, Hashable, CaseIterable {
        case optimizer, parameters, activations
    }
}

/// How the work of a step is divided among devices.
package struct Parallelism: Sendable, Hashable {
    /// Devices that see different data.
    package var dataCount = 1
    /// What those devices keep of the training state.
    package var sharding = Sharding.replicated
    /// Devices that share each product (Megatron-LM).
    package var tensorCount = 1
    /// Whether those devices also share the rows between products.
    package var dividesSequence = false
    /// Stages of a pipeline.
    package var pipelineCount = 1
    /// Devices that share each sequence.
    package var contextCount = 1
    /// Devices that share the experts.
    package var expertCount = 1

    package init() {}

    /// All devices of one copy of the run.
    package var deviceCount: Int { dataCount * tensorCount * pipelineCount * contextCount }

    /// Whether devices keep shards of some of the training state.
    package var shards: Bool { dataCount > 1 && sharding != .replicated }

    /// Whether devices gather weights from shards of each other.
    package var gathers: Bool { dataCount > 1 && sharding == .full }

    /// What the devices of a data-parallel group keep of the training state.
    package enum Sharding: String, Sendable, Hashable, CaseIterable {
        /// Everything.
        case replicated
        /// Everything but the optimizer's state (ZeRO-1, a distributed optimizer).
        case optimizer = "zero1"
        /// Weights, and a share of gradients and optimizer state (ZeRO-2).
        case gradients = "zero2"
        /// A share of all; a layer's weights are gathered when it runs (ZeRO-3, FSDP).
        case full = "zero3"
    }
}
