/// The dimensions of a decoder-only transformer of any catalogued family.
package struct ModelShape: Sendable, Hashable {
    /// Rows of the token embedding.
    package var vocabularySize: Int
    /// Width of the residual stream.
    package var hiddenWidth: Int
    /// Number of layers.
    package var layerCount: Int
    /// Number of query heads.
    package var headCount: Int
    /// Number of key and value heads.
    package var keyValueHeadCount: Int
    /// Width of one head; nil for latent attention, whose heads have two widths.
    package var headWidth: Int?
    /// Width inside a dense feed-forward block; nil when every block is a mixture of experts.
    package var feedForwardWidth: Int?
    /// Whether the output head is the token embedding.
    package var tiesEmbeddings: Bool
    /// Whether the query, key and value projections have a bias.
    package var hasAttentionBias: Bool
    /// The experts of its mixture layers; nil for a dense model.
    package var experts: Experts?
    /// Compressed keys and values (DeepSeek); nil for ordinary attention.
    package var latentAttention: LatentAttention?
    /// Linear attention in most layers (Qwen3-Next); nil when every layer attends fully.
    package var deltaNet: DeltaNet?
    /// The reach of sliding-window layers, in tokens.
    package var slidingWindow: Int?
    /// The longest sequence the checkpoint was made for.
    package var contextLength: Int

    package init(
        vocabularySize: Int, hiddenWidth: Int, layerCount: Int, headCount: Int,
        keyValueHeadCount: Int, headWidth: Int? = nil, feedForwardWidth: Int? = nil,
        tiesEmbeddings: Bool, hasAttentionBias: Bool, experts: Experts? = nil,
        latentAttention: LatentAttention? = nil, deltaNet: DeltaNet? = nil,
        slidingWindow: Int? = nil, contextLength: Int
    ) {
        self.vocabularySize = vocabularySize
        self.hiddenWidth = hiddenWidth
        self.layerCount = layerCount
        self.headCount = headCount
        self.keyValueHeadCount = keyValueHeadCount
        self.headWidth = headWidth
        self.feedForwardWidth = feedForwardWidth
        self.tiesEmbeddings = tiesEmbeddings
        self.hasAttentionBias = hasAttentionBias
        self.experts = experts
        self.latentAttention = latentAttention
        self.deltaNet = deltaNet
        self.slidingWindow = slidingWindow
        self.contextLength = contextLength
    }

    /// A mixture of experts.
    package struct Experts: Sendable, Hashable {
        /// Experts a router chooses from.
        package var count: Int
        /// Experts that every token passes.
        package var sharedCount: Int
        /// Experts chosen for each token.
        package var countPerToken: Int
        /// Width inside one expert.
        package var width: Int
        /// Dense layers before the first mixture.
        package var leadingDenseLayerCount: Int
        /// Every how many layers a mixture comes after those; 1 is every layer.
        package var period: Int

        package init(
            count: Int, sharedCount: Int, countPerToken: Int, width: Int,
            leadingDenseLayerCount: Int, period: Int
        ) {
            self.count = count
            self.sharedCount = sharedCount
            self.countPerToken = countPerToken
            self.width = width
            self.leadingDenseLayerCount = leadingDenseLayerCount
            self.period = period
        }
    }

    /// Multi-head latent attention (DeepSeek-V2, arXiv 2405.04434).
    package struct LatentAttention: Sendable, Hashable {
        /// Width the queries are compressed to; nil when they are not.
        package var queryRank: Int?
        /// Width that keys and values are compressed to.
        package var keyValueRank: Int
        /// Part of a query or key head that is rotated.
        package var rotaryWidth: Int
        /// Part of a query or key head that is not.
        package var plainWidth: Int
        /// Width of a value head.
        package var valueWidth: Int

        package init(
            queryRank: Int? = nil, keyValueRank: Int, rotaryWidth: Int, plainWidth: Int,
            valueWidth: Int
        ) {
            self.queryRank = queryRank
            self.keyValueRank = keyValueRank
            self.rotaryWidth = rotaryWidth
            self.plainWidth = plainWidth
            self.valueWidth = valueWidth
        }
    }

    /// Gated DeltaNet layers between the full-attention layers (Qwen3-Next).
    package struct DeltaNet: Sendable, Hashable {
        /// Every how many layers one attends fully.
        package var fullAttentionPeriod: Int
        /// Heads of queries and keys.
        package var keyHeadCount: Int
        /// Heads of values.
        package var valueHeadCount: Int
        /// Width of a head.
        package var headWidth: Int

        package init(
            fullAttentionPeriod: Int, keyHeadCount: Int, valueHeadCount: Int, headWidth: Int
        ) {
            self.fullAttentionPeriod = fullAttentionPeriod
            self.keyHeadCount = keyHeadCount
            self.valueHeadCount = valueHeadCount
            self.headWidth = headWidth
        }
    }

    /// Layers whose feed-forward block is a mixture of experts.
    package var mixtureLayerCount: Int {
        guard let experts else { return 0 }
        return (layerCount - experts.leadingDenseLayerCount) / experts.period
    }
    /// Layers that attend to every earlier token.
    package var fullAttentionLayerCount: Int {
        layerCount / (deltaNet?.fullAttentionPeriod ?? 1)
    }
    /// Width of all query heads together.
    package var queryWidth: Int { headCount * (headWidth ?? 0) }
    /// Width of all key heads together.
    package var keyValueWidth: Int { keyValueHeadCount * (headWidth ?? 0) }
}

extension ModelShape {
    init(_ row: inout CSVRowReader) {
        let size = 1 ... 1_000_000
        vocabularySize = row.requiredInteger("vocab", in: 1 ... 10_000_000)
        hiddenWidth = row.requiredInteger("hidden", in: size)
        layerCount = row.requiredInteger("layers", in: 1 ... 10_000)
        headCount = row.requiredInteger("heads", in: 1 ... 10_000)
        keyValueHeadCount = row.requiredInteger("kv_heads", in: 1 ... 10_000)
        headWidth = row.integer("head_dim", in: 1 ... 65_536)
        feedForwardWidth = row.integer("intermediate", in: size)
        tiesEmbeddings = row.flag("tied_embeddings") ?? false
        hasAttentionBias = row.flag("attention_bias") ?? false
        slidingWindow = row.integer("sliding_window", in: 1 ... 1_000_000_000)
        contextLength = row.requiredInteger("max_context", in: 1 ... 1_000_000_000)
        if let count = row.integer("experts", in: 1 ... 100_000) {
            experts = Experts(
                count: count, sharedCount: row.integer("shared_experts", in: 0 ... 1000) ?? 0,
                countPerToken: row.requiredInteger("experts_per_token", in: 1 ... count),
                width: row.requiredInteger("moe_intermediate", in: size),
                leadingDenseLayerCount: row.integer("first_dense_layers", in: 0 ... layerCount)
                    ?? 0,
                period: row.integer("moe_every", in: 1 ... layerCount) ?? 1)
        }
        if let rank = row.integer("kv_lora_rank", in: size) {
            latentAttention = LatentAttention(
                queryRank: row.integer("q_lora_rank", in: size), keyValueRank: rank,
                rotaryWidth: row.requiredInteger("qk_rope_head_dim", in: 1 ... 65_536),
                plainWidth: row.requiredInteger("qk_nope_head_dim", in: 1 ... 65_536),
                valueWidth: row.requiredInteger("v_head_dim", in: 1 ... 65_536))
        }
        if let period = row.integer("full_attention_every", in: 1 ... layerCount) {
            deltaNet = DeltaNet(
                fullAttentionPeriod: period,
                keyHeadCount: row.requiredInteger("linear_key_heads", in: 1 ... 10_000),
                valueHeadCount: row.requiredInteger("linear_value_heads", in: 1 ... 10_000),
                headWidth: row.requiredInteger("linear_head_dim", in: 1 ... 65_536))
        }
        if headCount % keyValueHeadCount != 0 {
            row.reject(
                "kv_heads", "kv_heads \(keyValueHeadCount) does not divide \(headCount) heads")
        }
        if headWidth == nil, latentAttention == nil {
            row.reject("head_dim", "head_dim is empty, expected the width of a head")
        }
        if feedForwardWidth == nil, experts == nil {
            row.reject("intermediate", "intermediate is empty, expected the feed-forward width")
        }
    }
}
