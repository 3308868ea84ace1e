import Architectures

/// The sizes of a model in a row of the catalog or of the measurements; nil where nobody stated one.
///
/// With a family they make an `Architecture`.
package struct ModelDimensions: Sendable, Hashable {
    /// Rows of the token embedding.
    package var vocabularySize: Int?
    /// Width of the residual stream.
    package var hiddenWidth: Int?
    /// Number of layers.
    package var layerCount: Int?
    /// Number of query heads.
    package var headCount: Int?
    /// Number of key and value heads.
    package var keyValueHeadCount: Int?
    /// Width of one head.
    package var headWidth: Int?
    /// Width inside the dense feed-forward block.
    package var feedForwardWidth: Int?
    /// The longest sequence.
    package var contextLength: Int?
    /// Whether the output head is the token embedding.
    package var tiesEmbeddings: Bool?
    /// Whether the projections into attention have biases.
    package var hasAttentionBias: Bool?
    /// How far a sliding window reaches, in tokens.
    package var slidingWindow: Int?
    /// Experts of a mixture layer.
    package var expertCount: Int?
    /// Experts that one token passes.
    package var expertCountPerToken: Int?
    /// Width inside one expert.
    package var expertWidth: Int?
    /// Experts that every token passes, each as wide as the others.
    package var sharedExpertCount: Int?
    /// Width of the shared experts together, where it is no multiple of an expert's.
    package var sharedExpertWidth: Int?
    /// Dense layers before the first mixture.
    package var leadingDenseLayerCount: Int?
    /// Every how many layers a mixture comes.
    package var expertPeriod: Int?
    /// Width that queries are compressed to.
    package var queryRank: Int?
    /// Width that keys and values are compressed to; nil for ordinary attention.
    package var keyValueRank: Int?
    /// Part of a query or key head that is rotated.
    package var rotaryWidth: Int?
    /// Part of a query or key head that is not.
    package var plainWidth: Int?
    /// Width of a value head.
    package var valueWidth: Int?
    /// Every how many layers one attends, where the others are DeltaNet.
    package var fullAttentionPeriod: Int?
    /// Query and key heads of a DeltaNet layer.
    package var deltaKeyHeadCount: Int?
    /// Value heads of a DeltaNet layer.
    package var deltaValueHeadCount: Int?
    /// Width of a head of a DeltaNet layer.
    package var deltaHeadWidth: Int?

    init(_ row: inout CSVRowReader) {
        let size = 1 ... 1_000_000
        let heads = 1 ... 16_384
        vocabularySize = row.integer("vocab", in: 1 ... 10_000_000)
        hiddenWidth = row.integer("hidden", in: size)
        layerCount = row.integer("layers", in: 1 ... 4096)
        headCount = row.integer("heads", in: heads)
        keyValueHeadCount = row.integer("kv_heads", in: heads)
        headWidth = row.integer("head_dim", in: 1 ... 65_536)
        feedForwardWidth = row.integer("intermediate", in: size)
        contextLength = row.integer("max_context", in: 1 ... 1_000_000_000)
        tiesEmbeddings = row.flag("tied_embeddings") ?? row.flag("tied")
        hasAttentionBias = row.flag("attention_bias")
        slidingWindow = row.integer("sliding_window", in: 1 ... 1_000_000_000)
        expertCount = row.integer("experts", in: 1 ... 100_000)
        expertCountPerToken = row.integer("experts_per_token", in: 1 ... (expertCount ?? 100_000))
        expertWidth = row.integer("moe_intermediate", in: size)
        sharedExpertCount = row.integer("shared_experts", in: 0 ... 1000)
        sharedExpertWidth = row.integer("shared_intermediate", in: size)
        leadingDenseLayerCount = row.integer(
            "first_dense_layers", in: 0 ... (layerCount ?? 4096))
        expertPeriod = row.integer("moe_every", in: 1 ... (layerCount ?? 4096))
        queryRank = row.integer("q_lora_rank", in: size)
        keyValueRank = row.integer("kv_lora_rank", in: size)
        rotaryWidth = row.integer("qk_rope_head_dim", in: 1 ... 65_536)
        plainWidth = row.integer("qk_nope_head_dim", in: 1 ... 65_536)
        valueWidth = row.integer("v_head_dim", in: 1 ... 65_536)
        fullAttentionPeriod = row.integer("full_attention_every", in: 1 ... (layerCount ?? 4096))
        deltaKeyHeadCount = row.integer("linear_key_heads", in: heads)
        deltaValueHeadCount = row.integer("linear_value_heads", in: heads)
        deltaHeadWidth = row.integer("linear_head_dim", in: 1 ... 65_536)
        if let headCount, let keyValueHeadCount, headCount % keyValueHeadCount != 0 {
            row.reject(
                "kv_heads", "kv_heads \(keyValueHeadCount) does not divide \(headCount) heads")
        }
    }
}

/// A size that a row does not state and that does not follow from the others.
struct MissingDimension: Error {
    /// The column it belongs in.
    let column: String
}

extension ModelDimensions {
    /// The model these sizes make in a family, or the size that is missing.
    func architecture(_ family: Architecture.Family) throws(MissingDimension) -> Architecture {
        let hidden = try required(hiddenWidth, "hidden")
        let heads = try required(headCount, "heads")
        let latent = try latentAttention(family)
        let width = latent.map { $0.plainWidth + $0.rotaryWidth } ?? headWidth
        let experts = try self.experts
        var result = Architecture(
            family: family, vocabularySize: try required(vocabularySize, "vocab"),
            hiddenWidth: hidden, layerCount: try required(layerCount, "layers"), headCount: heads,
            keyValueHeadCount: keyValueHeadCount ?? heads,
            headWidth: try required(
                width ?? (hidden % heads == 0 ? hidden / heads : nil), "head_dim"),
            feedForwardWidth: try required(
                feedForwardWidth ?? expertWidth, "intermediate"),
            contextLength: contextLength ?? 4096, tiesEmbeddings: tiesEmbeddings)
        result.latentAttention = latent
        result.deltaNet = try deltaNet(family)
        if let hasAttentionBias, hasAttentionBias != result.hasQueryKeyValueBias {
            result.hasQueryKeyValueBias = hasAttentionBias
            if !hasAttentionBias { result.biases.remove(.attentionOutput) }
        }
        let window = slidingWindow ?? family.traits.windowLength
        if let window, window < contextLength ?? .max {
            result.slidingWindow = .init(length: window, fullPeriod: family.traits.windowPeriod)
        }
        if let experts { result.setExperts(experts) }
        return result
    }

    private func required<Value>(
        _ value: Value?, _ column: String
    ) throws(MissingDimension) -> Value {
        guard let value else { throw MissingDimension(column: column) }
        return value
    }

    private var experts: Architecture.Experts? {
        get throws(MissingDimension) {
            guard let expertCount else { return nil }
            let width = try required(expertWidth ?? feedForwardWidth, "moe_intermediate")
            return Architecture.Experts(
                count: expertCount,
                countPerToken: try required(expertCountPerToken, "experts_per_token"),
                width: width, sharedWidth: sharedExpertWidth ?? (sharedExpertCount ?? 0) * width,
                leadingDenseLayerCount: leadingDenseLayerCount ?? 0, period: expertPeriod ?? 1)
        }
    }

    /// DeepSeek's three widths are 64, 128 and 128 in every member (arXiv 2405.04434, 2412.19437).
    private func latentAttention(
        _ family: Architecture.Family
    ) throws(MissingDimension) -> Architecture.LatentAttention? {
        let isLatent = [.deepseekV2, .deepseekV3, .glm4MixtureOfExpertsLite].contains(family)
        guard isLatent || keyValueRank != nil else { return nil }
        let isDeepSeek = family == .deepseekV2 || family == .deepseekV3
        return Architecture.LatentAttention(
            queryRank: queryRank, keyValueRank: try required(keyValueRank, "kv_lora_rank"),
            rotaryWidth: try required(rotaryWidth ?? (isDeepSeek ? 64 : nil), "qk_rope_head_dim"),
            plainWidth: try required(plainWidth ?? (isDeepSeek ? 128 : nil), "qk_nope_head_dim"),
            valueWidth: try required(valueWidth ?? (isDeepSeek ? 128 : nil), "v_head_dim"))
    }

    /// Every fourth layer attends in every member, heads are 128 wide and 16 of them make queries and
    /// keys (transformers `configuration_qwen3_next.py`, `configuration_qwen3_5.py`).
    private func deltaNet(
        _ family: Architecture.Family
    ) throws(MissingDimension) -> Architecture.DeltaNet? {
        let isHybrid = [.qwen3Next, .qwen35, .qwen35MixtureOfExperts].contains(family)
        guard isHybrid || fullAttentionPeriod != nil else { return nil }
        return Architecture.DeltaNet(
            fullAttentionPeriod: fullAttentionPeriod ?? 4, keyHeadCount: deltaKeyHeadCount ?? 16,
            valueHeadCount: try required(deltaValueHeadCount, "linear_value_heads"),
            headWidth: deltaHeadWidth ?? 128)
    }
}
