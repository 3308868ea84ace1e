import Catalog
import TrainingSteps

/// A training framework, by the words that rows use for it.
enum FrameworkName: String, Sendable, Hashable, CaseIterable {
    case transformers, fms, qwen, litgpt, torchtune, kempnerForge, colossal, fsdpQLoRA, torchtitan
    case megatron, nemo, other

    init(_ words: String) {
        let words = words.lowercased()
        let signs: [(String, FrameworkName)] = [
            ("fms", .fms), ("finetune.py", .qwen), ("litgpt", .litgpt), ("lit-gpt", .litgpt),
            ("torchtune", .torchtune), ("kempner", .kempnerForge), ("colossal", .colossal),
            ("fsdp_qlora", .fsdpQLoRA), ("torchtitan", .torchtitan), ("nemo", .nemo),
            ("megatron", .megatron), ("hf trainer", .transformers), ("trl", .transformers),
            ("peft", .transformers), ("transformers", .transformers),
        ]
        self = signs.first { words.contains($0.0) }?.1 ?? .other
    }

    /// The habits of the framework in a measured run.
    func profile(_ row: MemoryMeasurement) -> FrameworkProfile {
        .transformersPEFT
    }
}
