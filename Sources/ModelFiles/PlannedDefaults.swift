import Architectures

/// What an absent key of a `config.json` means in one family.
struct PlannedDefaults {
    /// The rows of the embedding.
    var vocabulary: Int?
    /// The width of the residual stream.
    var hidden: Int?
    /// The number of layers.
    var layers: Int?
    /// The number of query heads.
    var heads: Int?
    /// The number of key and value heads; nil is as many as query heads.
    var keyValueHeads: Int?
    /// The width of a head; nil is the hidden width over the heads.
    var headWidth: Int?
    /// The width of the feed-forward block.
    var feedForward: Int?
    /// The longest sequence.
    var context = 2048
    /// Whether the head is tied; nil is as the family's published checkpoints.
    var ties: Bool?
    /// The experts, nil in a dense family.
    var experts: Experts?
    /// The widths of latent attention.
    var latent: Architecture.LatentAttention?

    /// Defaults of a mixture.
    struct Experts {
        /// Experts of a layer.
        var count: Int
        /// Experts of a token.
        var countPerToken: Int
        /// The width of one.
        var width: Int
        /// Whether `intermediate_size` is the width of dense layers only.
        var hasOwnWidth = true
        /// Shared experts as wide as the others.
        var sharedCount: Int?
        /// The width of the shared experts.
        var sharedWidth: Int?
        /// Dense layers before the first mixture.
        var leadingDenseLayerCount = 0
    }

    fileprivate init(
        _ vocabulary: Int?, _ hidden: Int?, _ layers: Int?, _ heads: Int?, _ keyValueHeads: Int?,
        _ headWidth: Int?, _ feedForward: Int?, _ context: Int, experts: Experts? = nil,
        latent: Architecture.LatentAttention? = nil
    ) {
        self.vocabulary = vocabulary
        self.hidden = hidden
        self.layers = layers
        self.heads = heads
        self.keyValueHeads = keyValueHeads
        self.headWidth = headWidth
        self.feedForward = feedForward
        self.context = context
        self.experts = experts
        self.latent = latent
    }
}

extension Architecture.Family {
    /// The defaults of `configuration_*.py` in transformers 5.24: vocabulary, hidden width, layers,
    /// heads, key and value heads, head width, feed-forward width, context.
    var plannedDefaults: PlannedDefaults {
        let wide = PlannedDefaults(32_000, 4096, 32, 32, nil, nil, 11_008, 2048)
        let phimoe = PlannedDefaults.Experts(
            count: 16, countPerToken: 2, width: 6400, hasOwnWidth: false)
        let eight = PlannedDefaults.Experts(
            count: 8, countPerToken: 2, width: 14_336, hasOwnWidth: false)
        switch self {
        case .llama, .granite: return wide
        case .granitemoe, .granitemoeshared:
            var result = wide
            result.experts = .init(count: 8, countPerToken: 2, width: 11_008, hasOwnWidth: false)
            return result
        case .mistral: return .init(32_000, 4096, 32, 32, 8, nil, 14_336, 131_072)
        case .mixtral:
            return .init(32_000, 4096, 32, 32, 8, nil, 14_336, 131_072, experts: eight)
        case .qwen2: return .init(151_936, 4096, 32, 32, 32, nil, 22_016, 32_768)
        case .qwen3: return .init(151_936, 4096, 32, 32, 32, 128, 22_016, 32_768)
        case .qwen2MixtureOfExperts:
            return .init(
                151_936, 2048, 24, 16, 16, nil, 5632, 32_768,
                experts: .init(count: 60, countPerToken: 4, width: 1408, sharedWidth: 5632))
        case .qwen3MixtureOfExperts:
            return .init(
                151_936, 2048, 24, 32, 4, nil, 6144, 32_768,
                experts: .init(count: 128, countPerToken: 8, width: 768))
        case .qwen3Next:
            return .init(
                151_936, 2048, 48, 16, 2, 256, 5632, 32_768,
                experts: .init(count: 512, countPerToken: 10, width: 512, sharedWidth: 512))
        case .qwen35: return .init(248_320, 4096, 32, 16, 4, 256, 12_288, 32_768)
        case .qwen35MixtureOfExperts:
            return .init(
                248_320, 2048, 40, 16, 2, 256, nil, 32_768,
                experts: .init(count: 256, countPerToken: 8, width: 512, sharedWidth: 512))
        case .gemma: return .init(256_000, 3072, 28, 16, 16, 256, 24_576, 8192)
        case .gemma2: return .init(256_000, 2304, 26, 8, 4, 256, 9216, 8192)
        case .gemma3: return .init(262_208, 2304, 26, 8, 4, 256, 9216, 131_072)
        case .phi: return .init(51_200, 2048, 24, 32, nil, nil, 8192, 2048)
        case .phi3: return .init(32_064, 3072, 32, 32, nil, nil, 8192, 4096)
        case .phimoe: return .init(32_064, 4096, 32, 32, 8, nil, 6400, 131_072, experts: phimoe)
        case .olmo, .olmo2, .olmo3: return .init(50_304, 4096, 32, 32, nil, nil, 11_008, 2048)
        case .olmoe:
            return .init(
                50_304, 2048, 16, 16, nil, nil, 2048, 4096,
                experts: .init(count: 64, countPerToken: 8, width: 2048, hasOwnWidth: false))
        case .cohere: return .init(256_000, 8192, 40, 64, nil, nil, 22_528, 8192)
        case .cohere2: return .init(256_000, 8192, 40, 64, nil, nil, 22_528, 8192)
        case .starcoder2: return .init(49_152, 3072, 30, 24, 2, nil, 12_288, 4096)
        case .stablelm: return .init(50_304, 2560, 32, 32, 32, nil, 6912, 4096)
        case .smollm3: return .init(128_256, 2048, 36, 16, 4, nil, 11_008, 32_768)
        case .nemotron: return .init(256_000, 6144, 32, 48, nil, nil, 24_576, 4096)
        case .seedOSS: return .init(155_136, 4096, 64, 80, 8, 128, 27_648, 524_288)
        case .hunYuan: return .init(290_943, 4096, 32, 32, nil, nil, 11_008, 2048)
        case .glm, .glm4, .glm4MixtureOfExperts, .glm4MixtureOfExpertsLite, .ernie45,
            .ernie45MixtureOfExperts, .deepseekV2, .deepseekV3, .gptOSS, .llama4:
            return plannedDefaultsOfLargeFamilies
        case .gpt2, .gptBigCode, .gptNeoX, .gptj, .falcon, .mpt, .bloom, .opt:
            return plannedDefaultsOfOldFamilies
        case .deepseek:
            var result = PlannedDefaults(nil, nil, nil, nil, nil, nil, nil, 2048)
            result.experts = .init(count: 64, countPerToken: 6, width: 1407, sharedCount: 2)
            return result
        case .qwen, .chatglm, .baichuan, .internlm, .internlm2, .minicpm, .grok, .megatronGPT:
            return .init(nil, nil, nil, nil, nil, nil, nil, 2048)
        }
    }

    private var plannedDefaultsOfLargeFamilies: PlannedDefaults {
        switch self {
        case .glm4MixtureOfExperts:
            return .init(
                151_552, 4096, 46, 96, 8, nil, 10_944, 131_072,
                experts: .init(
                    count: 128, countPerToken: 8, width: 1408, sharedCount: 1,
                    leadingDenseLayerCount: 1))
        case .glm4MixtureOfExpertsLite:
            return .init(
                154_880, 2048, 47, 20, 20, nil, 10_240, 202_752,
                experts: .init(
                    count: 64, countPerToken: 4, width: 1536, sharedCount: 1,
                    leadingDenseLayerCount: 1),
                latent: .init(
                    queryRank: 768, keyValueRank: 512, rotaryWidth: 64, plainWidth: 192,
                    valueWidth: 256))
        case .ernie45: return .init(103_424, 1024, 18, 16, 2, 128, 3072, 131_072)
        case .ernie45MixtureOfExperts:
            return .init(
                103_424, 2560, 28, 20, 4, nil, 12_288, 131_072,
                experts: .init(
                    count: 64, countPerToken: 6, width: 1536, sharedCount: 2,
                    leadingDenseLayerCount: 1))
        case .deepseekV2:
            return .init(
                102_400, 4096, 32, 32, nil, nil, 11_008, 2048,
                experts: .init(count: 64, countPerToken: 6, width: 1407, sharedCount: 2),
                latent: .init(
                    queryRank: 1536, keyValueRank: 512, rotaryWidth: 64, plainWidth: 128,
                    valueWidth: 128))
        case .deepseekV3:
            return .init(
                129_280, 7168, 61, 128, 128, nil, 18_432, 4096,
                experts: .init(
                    count: 256, countPerToken: 8, width: 2048, sharedCount: 1,
                    leadingDenseLayerCount: 3),
                latent: .init(
                    queryRank: 1536, keyValueRank: 512, rotaryWidth: 64, plainWidth: 128,
                    valueWidth: 128))
        case .gptOSS:
            return .init(
                201_088, 2880, 36, 64, 8, 64, 2880, 131_072,
                experts: .init(count: 128, countPerToken: 4, width: 2880, hasOwnWidth: false))
        case .llama4:
            return .init(
                202_048, 5120, 48, 40, 8, 128, 8192, 131_072,
                experts: .init(count: 16, countPerToken: 1, width: 8192, hasOwnWidth: false))
        default: return .init(151_552, 4096, 40, 32, 2, 128, 13_696, 131_072)
        }
    }

    private var plannedDefaultsOfOldFamilies: PlannedDefaults {
        switch self {
        case .gpt2, .gptBigCode: .init(50_257, 768, 12, 12, nil, nil, nil, 1024)
        case .gptNeoX: .init(50_432, 6144, 44, 64, nil, nil, 24_576, 2048)
        case .gptj: .init(50_400, 4096, 28, 16, nil, nil, nil, 2048)
        case .falcon: .init(65_024, 4544, 32, 71, nil, nil, nil, 2048)
        case .mpt: .init(50_368, 2048, 24, 16, nil, nil, nil, 2048)
        case .bloom: .init(250_880, 64, 2, 8, nil, nil, nil, 2048)
        default: .init(50_272, 768, 12, 12, nil, nil, 3072, 2048)
        }
    }
}
