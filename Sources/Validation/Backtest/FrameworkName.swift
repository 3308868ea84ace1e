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

    /// Whether layers are run again where a row does not say.
    var checkpointsByDefault: Bool { self != .nemo }

    /// Whether steps have several microbatches where a row does not say.
    var accumulatesByDefault: Bool { self == .kempnerForge }

    /// Whether devices that divide products also divide the rows between them.
    var dividesSequence: Bool {
        [.megatron, .nemo, .kempnerForge, .torchtitan].contains(self)
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
        case .litgpt: .litGPT(row)
        case .kempnerForge: .kempnerForge
        case .torchtune: .torchtune
        case .qwen where row.run.strategy == .full: .qwenFull
        case .qwen: .qwen(isQuantized: row.run.strategy == .qlora)
        case .colossal: .colossalChat
        case .torchtitan: .torchtitan
        case .nemo: .nemo
        case .fsdpQLoRA: .fsdpQLoRA
        default: .transformersPEFT
        }
    }
}

extension FrameworkProfile {
    /// LitGPT; where the longest example comes first nothing is left of an example before it.
    fileprivate static func litGPT(_ row: MemoryMeasurement) -> FrameworkProfile {
        var profile = FrameworkProfile.litGPT
        let notes = row.run.notes ?? ""
        profile.keepsPreviousInputs = !notes.contains("first iteration forces the longest")
        return profile
    }

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
        if plugins.contains("accelerated-peft") || row.run.usesSeveralDevices {
            profile.raisesUnquantizedWeights = false
        } else {
            profile.quantizedProductsKeepFormat = true
            profile.lowersEnds = row.run.weightsFormat != "fp16"
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

extension FrameworkName {
    /// What a row's peak counts, where its source does not say: what the framework usually prints.
    func kind(of row: MemoryMeasurement) -> MemoryMeasurement.Kind {
        guard row.kind == .unknown else { return row.kind }
        switch self {
        case .qwen: return .device
        case .torchtitan, .fsdpQLoRA: return .reserved
        case .transformers, .fms, .litgpt, .torchtune, .kempnerForge, .colossal, .megatron, .nemo,
            .other:
            return .allocated
        }
    }

    /// Whether the source's figures are in units of 10⁹ bytes though their column says GiB: Qwen's
    /// tables have an 81 for a card of 80 GB.
    var printsDecimalGigabytes: Bool { self == .qwen }
}
