import Architectures

extension ModelEntry {
    /// The model as the step builder takes it, or nil when it has parts that no step has yet:
    /// experts, latent or linear attention, sandwich norms, a feed-forward block without a gate.
    ///
    /// Phi-3, Phi-4 and SmolLM3 store or rotate things differently but compute the same products.
    /// Rotation and epsilon are the family's usual ones; they cost nothing, and whoever runs a
    /// checkpoint reads its own `config.json`.
    package var architecture: Architecture? {
        let kind: Architecture.Family
        switch family {
        case .llama2, .llama3, .llama31, .llama32, .llama33, .yi, .tinyllama, .smollm2, .smollm3,
            .phi3, .phi4:
            kind = .llama
        case .mistral: kind = .mistral
        case .qwen25: kind = .qwen2
        case .qwen3: kind = .qwen3
        case .llama4, .mixtral, .phi, .qwen3MixtureOfExperts, .qwen3Next, .qwen35,
            .qwen35MixtureOfExperts, .gemma2, .gemma3, .olmo2, .deepseekV2, .deepseekV3, .gptOSS,
            .falcon, .pythia, .gpt2:
            return nil
        }
        guard let headWidth = shape.headWidth, let feedForwardWidth = shape.feedForwardWidth
        else { return nil }
        return Architecture(
            family: kind, vocabularySize: shape.vocabularySize, hiddenWidth: shape.hiddenWidth,
            layerCount: shape.layerCount, headCount: shape.headCount,
            keyValueHeadCount: shape.keyValueHeadCount, headWidth: headWidth,
            feedForwardWidth: feedForwardWidth,
            normEpsilon: kind == .qwen2 || kind == .qwen3 ? 1e-6 : 1e-5,
            tiesEmbeddings: shape.tiesEmbeddings, hasQueryKeyValueBias: shape.hasAttentionBias,
            normalizesQueriesAndKeys: kind == .qwen3, rotary: rotary,
            contextLength: shape.contextLength)
    }

    private var rotary: Architecture.Rotary {
        func stretched(by factor: Double) -> Architecture.Rotary {
            Architecture.Rotary(
                theta: 500_000,
                scaling: .llama3(
                    factor: factor, lowFrequencyFactor: 1, highFrequencyFactor: 4,
                    originalContextLength: 8192))
        }
        switch family {
        case .llama3: return Architecture.Rotary(theta: 500_000)
        case .llama31, .llama33: return stretched(by: 8)
        case .llama32: return stretched(by: 32)
        case .qwen25, .qwen3: return Architecture.Rotary(theta: 1_000_000)
        case .yi, .smollm3: return Architecture.Rotary(theta: 5_000_000)
        case .smollm2: return Architecture.Rotary(theta: 100_000)
        case .mistral:
            return Architecture.Rotary(theta: shape.vocabularySize == 32_000 ? 10_000 : 1_000_000)
        default: return Architecture.Rotary(theta: 10_000)
        }
    }
}
