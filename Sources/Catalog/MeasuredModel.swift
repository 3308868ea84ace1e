import Architectures

/// The architecture of a model that measured rows name, as far as it is known.
package struct MeasuredModel: Sendable, Hashable {
    /// The name that rows use.
    package var name: String
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
    /// Width inside the feed-forward block.
    package var feedForwardWidth: Int?
    /// Rows of the token embedding.
    package var vocabularySize: Int?
    /// Whether the output head is the token embedding.
    package var tiesEmbeddings: Bool?
    /// Experts of its mixture layers.
    package var expertCount: Int?
    /// Experts that one token passes.
    package var expertCountPerToken: Int?
    /// Width inside one expert.
    package var expertWidth: Int?
    /// The kind of feed-forward block, norms and biases, in words.
    package var notes: String?
    /// Where the shape comes from.
    package var source: String

    static let columns = [
        "model", "hidden", "layers", "heads", "kv_heads", "head_dim", "intermediate", "vocab",
        "tied", "source",
    ]

    init(_ row: inout CSVRowReader) {
        let size = 1 ... 100_000_000
        name = row.requiredText("model")
        hiddenWidth = row.integer("hidden", in: size)
        layerCount = row.integer("layers", in: size)
        headCount = row.integer("heads", in: size)
        keyValueHeadCount = row.integer("kv_heads", in: size)
        headWidth = row.integer("head_dim", in: size)
        feedForwardWidth = row.integer("intermediate", in: size)
        vocabularySize = row.integer("vocab", in: size)
        tiesEmbeddings = row.flag("tied")
        expertCount = row.integer("experts", in: size)
        expertCountPerToken = row.integer("experts_per_token", in: size)
        expertWidth = row.integer("moe_intermediate", in: size)
        notes = row.text("notes")
        source = row.text("source") ?? ""
    }

    /// The model as the step builder takes it, or nil when a dimension is unknown or the model has
    /// parts that no step has: experts, a feed-forward block without a SiLU gate, other norms.
    ///
    /// An unstated tie counts as untied, which a published parameter count would have to contradict.
    package var architecture: Architecture? {
        let words = (notes ?? "").lowercased()
        let foreign = [
            "alibi", "post-norm", "reordered", "sandwich", "deltanet", "layernorm,", "latent",
            "mamba", "encoder", "normhead",
        ]
        guard expertCount == nil, words.contains("swiglu"),
            !foreign.contains(where: words.contains),
            let hiddenWidth, let layerCount, let headCount, let keyValueHeadCount, let headWidth,
            let feedForwardWidth, let vocabularySize, headCount % keyValueHeadCount == 0
        else { return nil }
        let lowered = name.lowercased()
        let hasBias =
            words.contains("bias on") || lowered.contains("qwen2") || lowered.contains("qwen1.5")
        let normalizesQueries = words.contains("q/k rmsnorm") || lowered.hasPrefix("qwen3-")
        let family: Architecture.Family =
            normalizesQueries
            ? .qwen3 : hasBias ? .qwen2 : lowered.contains("mistral") ? .mistral : .llama
        return Architecture(
            family: family, vocabularySize: vocabularySize, hiddenWidth: hiddenWidth,
            layerCount: layerCount, headCount: headCount, keyValueHeadCount: keyValueHeadCount,
            headWidth: headWidth, feedForwardWidth: feedForwardWidth, normEpsilon: 1e-5,
            tiesEmbeddings: tiesEmbeddings ?? false, hasQueryKeyValueBias: hasBias,
            normalizesQueriesAndKeys: normalizesQueries, rotary: .init(theta: 10_000),
            contextLength: 4096)
    }
}
