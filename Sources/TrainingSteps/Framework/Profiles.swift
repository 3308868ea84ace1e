import Quantities
import StepPrograms

extension FrameworkProfile {
    /// transformers' models with PEFT's adapters, trained in bfloat16 autocast.
    ///
    /// Sources: transformers 5 `models/llama/modeling_llama.py`, `loss/loss_utils.py`; PEFT 0.17
    /// `tuners/lora/layer.py`, `utils/other.py`. The context is assumed: process figures on the
    /// measured rows exceed the allocator's by 0.5 to 1 GiB.
    package static let transformersPEFT = FrameworkProfile(name: "transformers+peft")

    /// LitGPT in bfloat16 throughout.
    ///
    /// One matrix for query, key and value, untied heads. Fabric raises the model's output to float32
    /// and the training loop refers to it until the backward pass has ended; the loss goes over pieces
    /// of 128 rows.
    ///
    /// Sources: litgpt 6178c7cc `model.py` (`RMSNorm`, `CausalSelfAttention`), `lora.py` (`zero_pad`),
    /// `utils.py` (`chunked_cross_entropy`); lightning 2.1 `fabric/plugins/precision/half.py`
    /// (`convert_output`); bitsandbytes 0.41.1 `autograd/_functions.py`.
    package static let litGPT: FrameworkProfile = {
        var profile = sixteenBit("litgpt")
        profile.fusesQueryKeyValue = true
        profile.untiesEmbeddings = true
        profile.keepsQuantizedInputs = true
        profile.keepsPreviousInputs = true
        profile.quantizesHead = true
        profile.fusesWrittenOutActivations = true
        profile.keepsAdapterOutputs = true
        profile.repeatsKeysAndValues = [.eager, .scaledDotProduct]
        profile.loss.pieceRows = 128
        profile.loss.keepsRaised = .gradients
        profile.loss.copiesShifted = true
        profile.sharding.accumulatesWholeGradients = true
        profile.sharding.differentiatesFrozen = true
        return profile
    }()

    /// torchtune: everything in bfloat16, a fused AdamW, float32 logits that the recipe refers to until
    /// the loss is computed, or a compiled loss over eight pieces of 16-bit logits.
    ///
    /// Sources: torchtune 1814feb17 `modules/rms_norm.py`, `modules/attention.py`,
    /// `modules/transformer.py`, `modules/loss/ce_chunked_output_loss.py`,
    /// `recipes/full_finetune_single_device.py`.
    package static let torchtune: FrameworkProfile = {
        var profile = sixteenBit("torchtune")
        profile.repeatsKeysAndValues = [.eager, .scaledDotProduct]
        profile.loss.keepsRaised = .loss
        profile.loss.fusesPieces = true
        profile.fusesOptimizer = true
        return profile
    }()

    /// Qwen's `finetune.py`: the first generation's own model code, which makes itself bfloat16, in the
    /// Hugging Face Trainer; adapters in float32; quantised models under DeepSpeed in float16.
    ///
    /// Sources: QwenLM/Qwen `finetune.py`, `modeling_qwen.py` (`QWenLMHeadModel.forward`); peft 0.5
    /// `tuners/lora.py`; auto_gptq 0.4.2 `qlinear_cuda_old.py`; `finetune/ds_config_zero2.json`.
    package static func qwen(isQuantized: Bool) -> FrameworkProfile {
        var profile = FrameworkProfile(name: "qwen")
        profile.raisesUnquantizedWeights = false
        profile.reentersCheckpoints = true
        profile.loss.copiesShifted = true
        profile.loss.shiftsBeforeRaising = true
        profile.loss.keepsLogits = .loss
        profile.sharding.bucket = 400_000_000
        guard isQuantized else { return profile }
        profile.weights = .float16
        profile.compute = .float16
        profile.adapter = .float16
        profile.autocasts = false
        profile.castsAdapterInput = false
        profile.keepsMasterWeights = true
        profile.keepsRestoredWeights = true
        profile.loss.raises = false
        return profile
    }

    /// Qwen's full tuning: DeepSpeed ZeRO with float32 master weights, gradients raised beside them.
    ///
    /// Source: `finetune/ds_config_zero3.json` (`sub_group_size` 1e9).
    package static let qwenFull: FrameworkProfile = {
        var profile = qwen(isQuantized: false)
        profile.keepsMasterWeights = true
        profile.autocasts = false
        profile.fusesOptimizer = true
        profile.loss.raises = false
        profile.sharding.bucket = nil
        profile.sharding.updatedAtOnce = 1_000_000_000
        return profile
    }()

    /// KempnerForge: weights and moments in bfloat16; FSDP2 sums whole gradients in float32 over
    /// microbatches; DTensor's tensor parallelism gathers the logits on every device.
    ///
    /// Sources: kempnerforge `distributed/parallel.py` (`default_mp_policy`), `tensor_parallel.py`,
    /// `training/loss.py`; torch 2.5 `_fsdp_param.py` (`unsharded_accumulated_grad`).
    package static let kempnerForge: FrameworkProfile = {
        var profile = FrameworkProfile(name: "kempnerforge")
        profile.autocasts = false
        profile.norm = .fused
        profile.fusesOptimizer = true
        profile.dividesVocabulary = false
        profile.loss.raises = false
        profile.loss.keepsLogits = .gradients
        profile.sharding.accumulatesWholeGradients = true
        profile.sharding.accumulation = .float32
        return profile
    }()

    /// ColossalChat under Colossal-AI's ZeRO-2: whole 16-bit weights, shards of float32 masters,
    /// gradients raised all at once for the step, logits referred to through the backward pass.
    ///
    /// Sources: colossalai `zero/low_level/low_level_optim.py`; ColossalChat `coati/trainer/sft.py`,
    /// `coati/trainer/dpo.py`.
    package static let colossalChat: FrameworkProfile = {
        var profile = FrameworkProfile(name: "colossalchat")
        profile.autocasts = false
        profile.adapter = .bfloat16
        profile.castsAdapterInput = false
        profile.reentersCheckpoints = true
        profile.keepsMasterWeights = true
        profile.fusesOptimizer = true
        profile.loss.copiesShifted = true
        profile.loss.keepsRaised = .gradients
        profile.sharding.updatedAtOnce = .max
        return profile
    }()

    /// torchtitan: float32 shards, gradients and moments, products in bfloat16; logits raised and then
    /// dropped before the backward pass.
    ///
    /// Sources: torchtitan ba246979 `train.py`, `parallelisms/parallelize_llama.py`.
    package static let torchtitan: FrameworkProfile = {
        var profile = FrameworkProfile(name: "torchtitan")
        profile.autocasts = false
        profile.trainedWeights = .float32
        profile.weights = .float32
        profile.norm = .fused
        profile.fusesOptimizer = true
        profile.loss.keepsRaised = .loss
        return profile
    }()

    /// NeMo's LoRA of a frozen FP8 model on Megatron: joint matrices, fused norms and activations.
    ///
    /// Sources: the layer structure of Megatron core (`transformer/attention.py`, `mlp.py`); that
    /// nothing is recomputed was concluded from measured rows.
    package static let nemo: FrameworkProfile = {
        var profile = sixteenBit("nemo")
        profile.norm = .fused
        profile.fusesActivation = true
        profile.fusesQueryKeyValue = true
        profile.fusesGateAndUp = true
        profile.fusesOptimizer = true
        profile.loss.keepsRaised = .loss
        return profile
    }()

    /// Answer.AI's `train.py`: FSDP with 4-bit weights in bfloat16, each adapter a unit of its own.
    ///
    /// Source: AnswerDotAI/fsdp_qlora `train.py`.
    package static let fsdpQLoRA: FrameworkProfile = {
        var profile = sixteenBit("fsdp_qlora")
        profile.reentersCheckpoints = true
        profile.differentiatesInputs = true
        profile.loss.copiesShifted = true
        profile.loss.keepsRaised = .gradients
        return profile
    }()

    /// A framework without autocast: weights, adapters and what goes into them in bfloat16.
    private static func sixteenBit(_ name: String) -> FrameworkProfile {
        var profile = FrameworkProfile(name: name)
        profile.autocasts = false
        profile.adapter = .bfloat16
        profile.raisesUnquantizedWeights = false
        profile.castsAdapterInput = false
        return profile
    }
}
