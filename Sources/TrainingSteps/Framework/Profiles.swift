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
    /// One matrix for query, key and value, untied heads. Fabric raises the model's output to float32 and the training loop refers to it
    /// until the backward pass has ended; the loss goes over pieces of 128 rows.
    ///
    /// Sources: litgpt 6178c7cc `model.py` (`RMSNorm`, `CausalSelfAttention`), `lora.py` (`zero_pad`),
    /// `utils.py` (`chunked_cross_entropy`); lightning 2.1 `fabric/plugins/precision/half.py`
    /// (`convert_output`); bitsandbytes 0.41.1 `autograd/_functions.py`.
    package static let litGPT: FrameworkProfile = {
        var profile = FrameworkProfile(name: "litgpt")
        profile.autocasts = false
        profile.adapter = .bfloat16
        profile.raisesUnquantizedWeights = false
        profile.castsAdapterInput = false
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
    /// the backward pass has ended, or a compiled loss over eight pieces of 16-bit logits.
    ///
    /// Sources: torchtune 1814feb17 `modules/rms_norm.py`, `modules/attention.py`,
    /// `modules/transformer.py`, `modules/loss/ce_chunked_output_loss.py`,
    /// `recipes/full_finetune_single_device.py`.
    package static let torchtune: FrameworkProfile = {
        var profile = FrameworkProfile(name: "torchtune")
        profile.autocasts = false
        profile.adapter = .bfloat16
        profile.raisesUnquantizedWeights = false
        profile.castsAdapterInput = false
        profile.repeatsKeysAndValues = [.eager, .scaledDotProduct]
        profile.loss.keepsRaised = .gradients
        profile.loss.fusesPieces = true
        profile.fusesOptimizer = true
        return profile
    }()

    /// KempnerForge: everything in bfloat16, moments included; FSDP2 and DTensor's tensor parallelism.
    package static let kempnerForge: FrameworkProfile = {
        var profile = FrameworkProfile(name: "kempnerforge")
        profile.autocasts = false
        profile.norm = .fused
        return profile
    }()
}
