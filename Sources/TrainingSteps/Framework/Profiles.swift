import Quantities
import StepPrograms

extension FrameworkProfile {
    /// transformers' models with PEFT's adapters, trained in bfloat16 autocast.
    ///
    /// Sources: transformers 5 `models/llama/modeling_llama.py`, `loss/loss_utils.py`; PEFT 0.17
    /// `tuners/lora/layer.py`, `utils/other.py`. The context is assumed: process figures on the
    /// measured rows exceed the allocator's by 0.5 to 1 GiB.
    package static let transformersPEFT = FrameworkProfile(name: "transformers+peft")
}
