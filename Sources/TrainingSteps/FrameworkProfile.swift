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
    /// Format in which frozen and trained base weights are kept (`torch_dtype`).
    package var weights: StorageFormat
    /// Format of products, saved inputs and activations (autocast or the weights' own).
    package var compute: StorageFormat
    /// Format of adapter weights: PEFT raises them to float32 (`autocast_adapter_dtype`).
    package var adapter: StorageFormat
    /// Whether norms, embeddings and head of a 4-bit model are raised to float32
    /// (`prepare_model_for_kbit_training`).
    package var raisesUnquantizedWeights: Bool
    /// Whether each adapted layer casts its input to the adapter's format for itself
    /// (`_cast_input_dtype` in PEFT's LoRA layer).
    package var castsAdapterInput: Bool
    /// Whether RMS normalisation raises its input to float32 and keeps that copy
    /// (`LlamaRMSNorm.forward`).
    package var raisesNormInput: Bool
    /// Whether logits are raised to float32 as a whole before the loss (`ForCausalLMLoss`).
    package var raisesLogits: Bool
    /// Whether each layer is run again in the backward pass.
    package var checkpointing: Bool
    /// Memory that the CUDA context and libraries take outside the allocator.
    package var context: Bytes

    /// transformers' models with PEFT's adapters, trained in bfloat16 autocast.
    ///
    /// Sources: transformers 5 `models/llama/modeling_llama.py`, `loss/loss_utils.py`; PEFT 0.17
    /// `tuners/lora/layer.py`, `utils/other.py`. The context is assumed: process figures on the
    /// measured rows exceed the allocator's by 0.5 to 1 GiB.
    package static func transformersPEFT(checkpointing: Bool) -> FrameworkProfile {
        FrameworkProfile(
            name: "transformers+peft", weights: .bfloat16, compute: .bfloat16, adapter: .float32,
            raisesUnquantizedWeights: true, castsAdapterInput: true, raisesNormInput: true,
            raisesLogits: true, checkpointing: checkpointing, context: .gibibytes(0.75))
    }
}
