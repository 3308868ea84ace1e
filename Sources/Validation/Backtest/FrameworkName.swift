import Catalog
import Foundation
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

    /// Whether its recipes drop part of an adapter's input.
    var dropsAdapterInput: Bool {
        switch self {
        case .fms, .litgpt, .qwen: true
        default: false
        }
    }

    /// The habits of the framework in a measured run.
    func profile(_ row: MemoryMeasurement) -> FrameworkProfile {
        switch self {
        case .fms: .fms(row)
        default: .transformersPEFT
        }
    }
}

extension FrameworkProfile {
    /// Whether transformers was 4.46 or later, where `ForCausalLMLoss` raises a copy of its caller's
    /// logits; before, each model raised its own (`loss/loss_utils.py`).
    private static func isRecent(_ row: MemoryMeasurement) -> Bool {
        guard let words = row.run.notes?.components(separatedBy: "transformers ").dropFirst().first
        else { return (row.run.year ?? 2026) >= 2025 }
        let parts = words.prefix { $0.isNumber || $0 == "." }.split(separator: ".").compactMap {
            Int($0)
        }
        guard parts.count >= 2 else { return (row.run.year ?? 2026) >= 2025 }
        return (parts[0], parts[1]) >= (4, 46)
    }

    /// fms-hf-tuning: transformers, accelerate, PEFT and TRL with the plugins that a row names.
    fileprivate static func fms(_ row: MemoryMeasurement) -> FrameworkProfile {
        var profile = FrameworkProfile.transformersPEFT
        let plugins = row.run.notedText("framework_config") ?? ""
        // transformers 4.48 keeps the logits of the caller, 4.41 raises them in place of them.
        profile.loss.copiesShifted = true
        profile.loss.keepsRaised = .loss
        if isRecent(row) { profile.loss.keepsLogits = .loss }
        let isSharded = (row.run.deviceCount ?? 1) > 1
        if plugins.contains("accelerated-peft") || isSharded {
            profile.raisesUnquantizedWeights = false
        }
        if plugins.contains("foak") {
            profile.norm = .fused
            profile.fusesAdapters = plugins.contains("accelerated-peft")
        }
        profile.reentersCheckpoints = true
        profile.differentiatesInputs = true
        profile.sharding.retainsFrozenInputs = true
        profile.sharding.accumulatesWholeGradients = true
        profile.repeatsKeysAndValues = [.eager, .scaledDotProduct]
        if ["Mistral", "Mixtral"].contains(where: { row.run.model.hasPrefix($0) }) {
            profile.repeatsKeysAndValues.insert(.flash)
        }
        return profile
    }
}
