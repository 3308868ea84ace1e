import Architectures

/// The names that catalogs use for families of checkpoints, finer than `Architecture.Family`: which
/// rotary frequencies a checkpoint was trained with.
enum CatalogFamily {
    /// The family a name means: one of the catalog's own, or a `model_type` of a `config.json`.
    static func family(named name: String) -> Architecture.Family? {
        names[name] ?? Architecture.Family(rawValue: name)
    }

    /// Every name that is understood.
    static var known: [String] {
        (Array(names.keys) + Architecture.Family.allCases.map(\.rawValue)).sorted()
    }

    private static let names: [String: Architecture.Family] = [
        "llama2": .llama, "llama3": .llama, "llama3.1": .llama, "llama3.2": .llama,
        "llama3.3": .llama, "llama4": .llama4, "yi": .llama, "tinyllama": .llama,
        "smollm2": .llama, "phi4": .phi3, "qwen2.5": .qwen2, "qwen3-moe": .qwen3MixtureOfExperts,
        "qwen3-next": .qwen3Next, "qwen3.5": .qwen35, "qwen3.5-moe": .qwen35MixtureOfExperts,
        "gemma3": .gemma3, "deepseek-v2": .deepseekV2, "deepseek-v3": .deepseekV3,
        "gpt-oss": .gptOSS, "pythia": .gptNeoX,
    ]

    /// The rotary settings of the published checkpoints under a catalog's name; nil where the family
    /// has but one.
    static func rotary(_ name: String, vocabularySize: Int) -> Architecture.Rotary? {
        func stretched(by factor: Double) -> Architecture.Rotary {
            Architecture.Rotary(
                theta: 500_000,
                scaling: .llama3(
                    factor: factor, lowFrequencyFactor: 1, highFrequencyFactor: 4,
                    originalContextLength: 8192))
        }
        switch name {
        case "llama3": return .init(theta: 500_000)
        case "llama3.1", "llama3.3": return stretched(by: 8)
        case "llama3.2": return stretched(by: 32)
        case "yi": return .init(theta: 5_000_000)
        case "smollm2": return .init(theta: 100_000)
        case "mistral": return .init(theta: vocabularySize == 32_000 ? 10_000 : 1_000_000)
        default: return nil
        }
    }
}
