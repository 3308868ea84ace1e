import Architectures
import Quantities
import StepPrograms

/// The habits of a training framework that decide what lives on the GPU.
///
/// Every field is a fact about the framework's code; where a fact was taken on trust the comment says
/// so, and estimates made with it are marked as assumed.
package struct FrameworkProfile: Sendable, Hashable {
    /// The name on the command line.
    package var name: String
    /// Format in which frozen weights are kept (`torch_dtype`).
    package var weights = StorageFormat.bfloat16
    /// Format in which trained weights are kept between steps.
    package var trainedWeights = StorageFormat.bfloat16
    /// Format of products, saved inputs and activations.
    package var compute = StorageFormat.bfloat16
    /// Whether products cast their operands for themselves (`torch.autocast`).
    package var autocasts = true
    /// Format of adapter weights.
    package var adapter = StorageFormat.float32
    /// Whether norms, embeddings and head of a quantised model are raised to float32.
    package var raisesUnquantizedWeights = true
    /// Whether each adapted layer casts its input to the adapter's format for itself.
    package var castsAdapterInput = true
    /// How norms run.
    package var norm = NormKernel.eager
    /// How the gated activation runs.
    package var fusesActivation = false
    /// Whether rotated queries and keys are made in place or by one kernel with no temporaries.
    package var fusesRotary = false
    /// The attention kernels that read keys and values repeated for every query head.
    package var repeatsKeysAndValues: Set<FrameworkConfiguration.AttentionKernel> = [.eager]
    /// Whether a product with a quantised weight keeps its input though the weight is frozen
    /// (bitsandbytes 0.41 `autograd/_functions.py`, `MatMul4Bit.forward`).
    package var keepsQuantizedInputs = false
    /// Whether a product with a quantised weight returns rows in the format it was given
    /// (bitsandbytes `nn/modules.py`, `Linear4bit.forward`).
    package var quantizedProductsKeepFormat = false
    /// Whether embeddings and head stay in 16 bits where the other unquantised weights are raised
    /// (TRL `peft_module_casting_to_bf16`).
    package var lowersEnds = false
    /// Whether restored weights are kept for the backward pass instead of being restored again
    /// (auto_gptq above 128 rows).
    package var keepsRestoredWeights = false
    /// Whether the output head of a quantised model is quantised too.
    package var quantizesHead = false
    /// Whether the inputs that quantised products kept for one microbatch live until the loss of the
    /// next one replaces the graph that refers to them.
    package var keepsPreviousInputs = false
    /// Whether activations that a model writes out op by op are one kernel here.
    package var fusesWrittenOutActivations = false
    /// Whether the output of an adapter beside a joint query, key and value product is kept, because it
    /// is copied into place.
    package var keepsAdapterOutputs = false
    /// Whether adapters beside one product are one kernel, which drops its input for each of them
    /// in the compute format.
    package var fusesAdapters = false
    /// Whether checkpointed layers are run again by the reentrant form of checkpointing.
    package var reentersCheckpoints = false
    /// What happens to logits on their way to the loss.
    package var loss = LossPath()
    /// Whether weights trained beside adapters are copies, the frozen ones staying in place (PEFT
    /// `modules_to_save`).
    package var copiesTrainedModules = true
    /// Whether the optimizer keeps float32 copies of trained weights that are stored in 16 bits.
    package var keepsMasterWeights = false
    /// Format of gradients between microbatches; nil is that of the weight.
    package var gradient: StorageFormat?
    /// Format of moments; nil is that of the trained weight, or of its master copy.
    package var moments: StorageFormat?
    /// Whether the embedding's output asks for a gradient though nothing before it is trained.
    package var differentiatesInputs = false
    /// Whether rows that a tensor-parallel group divides are gathered again in the backward pass
    /// instead of being kept whole.
    package var regathersRows = false
    /// Whether a tensor-parallel group divides the vocabulary of embeddings and logits.
    package var dividesVocabulary = true
    /// Whether query, key and value come from one matrix in every model.
    package var fusesQueryKeyValue = false
    /// Whether gate and up come from one matrix in every model.
    package var fusesGateAndUp = false
    /// Whether tied embeddings are kept twice.
    package var untiesEmbeddings = false
    /// What sharded data parallelism does.
    package var sharding = ShardingHabits()
    /// Whether PyTorch's AdamW runs as one kernel without temporaries, where a run does not say.
    package var fusesOptimizer = false
    /// What cuBLAS takes from the allocator when it first runs
    /// (`aten/src/ATen/cuda/CublasHandlePool.cpp`, `parseChosenWorkspaceSize`).
    package var productWorkspace = Bytes(8_519_680)
    /// Memory that the CUDA context and libraries take outside the allocator.
    package var context = Bytes.gibibytes(0.75)

    package init(name: String) { self.name = name }

    /// Makes query, key and value of a model one matrix where the framework does; latent attention has
    /// no such three to join.
    package func joinQueryKeyValue(of model: inout Architecture) {
        if fusesQueryKeyValue, model.latentAttention == nil { model.fusesQueryKeyValue = true }
    }

    /// How norms run.
    package enum NormKernel: String, Sendable, Hashable, CaseIterable {
        /// Op by op in float32, each result a tensor (`LlamaRMSNorm.forward`).
        case eager
        /// Op by op in the format of its input.
        case eagerUnraised = "eager-unraised"
        /// One kernel that keeps its input and a number for each row.
        case fused
    }

    /// What happens to logits on their way to the loss.
    package struct LossPath: Sendable, Hashable {
        /// Whether all logits are raised to float32 (`logits.float()`).
        package var raises = true
        /// Whether the logits of the last position are cut off by a copy (`shift_logits`).
        package var copiesShifted = false
        /// Whether that copy is made before the logits are raised.
        package var shiftsBeforeRaising = false
        /// Until when the logits as computed stay alive, because a variable refers to them.
        package var keepsLogits = Until.used
        /// Until when the logits raised to float32 stay alive.
        package var keepsRaised = Until.used
        /// Whether a loss in pieces writes its gradient over the logits of each.
        package var fusesPieces = false
        /// Rows that a loss in pieces handles at a time, where the framework fixes it.
        package var pieceRows: Int?

        package init() {}

        /// How long a tensor lives.
        package enum Until: String, Sendable, Hashable, CaseIterable {
            /// Until no op reads it any more.
            case used
            /// Until the loss is there.
            case loss
            /// Until the backward pass has ended.
            case gradients
        }
    }

    /// What sharded data parallelism does.
    package struct ShardingHabits: Sendable, Hashable {
        /// Whether a layer's weights are gathered while the one before still runs.
        package var prefetches = true
        /// Whether gradients of a unit are joined into one flat tensor before they are scattered.
        package var flattensGradients = false
        /// Format in which whole gradients are summed over microbatches; nil is their own.
        package var accumulation: StorageFormat?
        /// Weights that the optimizer works on at once, with their gradients raised to float32 beside
        /// them (DeepSpeed `sub_group_size`); nil is all, without a copy.
        package var updatedAtOnce: Int?
        /// Elements of the buckets in which gradients are exchanged (DeepSpeed); nil is one unit.
        package var bucket: Int?
        /// Whether microbatches before the last keep whole gradients instead of scattering them.
        package var accumulatesWholeGradients = false
        /// Whether the inputs of units without trained weights, and their gradients, are held until the
        /// backward pass has ended.
        package var retainsFrozenInputs = false
        /// Whether frozen weights that are sharded together with trained ones get gradients too.
        package var differentiatesFrozen = false
        /// Whether embeddings, head and last norm stay gathered for the whole step.
        package var keepsRoot = true

        package init() {}
    }
}
