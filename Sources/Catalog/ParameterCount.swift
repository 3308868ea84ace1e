extension ModelShape {
    /// The number of parameters of a model of this shape, to the last one.
    ///
    /// Counts the text stack: no vision tower, no module that predicts further tokens, no stored
    /// buffers. h is the hidden width, q and k the widths of all query and key heads, I the width of
    /// the feed-forward block, E experts of width m.
    package func parameterCount(of family: ModelFamily) -> Int {
        let layers =
            fullAttentionLayerCount * attention(family)
            + (layerCount - fullAttentionLayerCount) * (deltaNet.map(deltaNetParameters) ?? 0)
            + mixtureLayerCount * mixture(family, experts?.count ?? 0)
            + (layerCount - mixtureLayerCount) * denseFeedForward(family)
            + layerCount * norms(family)
        return embeddings(family) + layers + finalNorm(family)
    }

    /// The number of parameters that take part in one token: all but the experts not chosen for it.
    package func activeParameterCount(of family: ModelFamily) -> Int {
        guard let experts else { return parameterCount(of: family) }
        let idle = experts.count - experts.countPerToken
        return parameterCount(of: family) - mixtureLayerCount * idle * expert(family)
    }

    /// Token embedding, output head, learned positions.
    private func embeddings(_ family: ModelFamily) -> Int {
        let table = vocabularySize * hiddenWidth
        let tables = tiesEmbeddings ? table : 2 * table
        switch family {
        case .gpt2: return tables + contextLength * hiddenWidth
        case .phi: return tables + vocabularySize
        default: return tables
        }
    }

    /// A LayerNorm has a weight and a bias, an RMSNorm only a weight.
    private func finalNorm(_ family: ModelFamily) -> Int {
        switch family {
        case .falcon, .gpt2, .phi, .pythia: 2 * hiddenWidth
        default: hiddenWidth
        }
    }

    private func norms(_ family: ModelFamily) -> Int {
        switch family {
        case .gemma2, .gemma3, .gpt2, .pythia: 4 * hiddenWidth
        // Falcon-7B has one LayerNorm for both parallel blocks, the larger ones two.
        case .falcon: keyValueHeadCount == 1 ? 2 * hiddenWidth : 4 * hiddenWidth
        default: 2 * hiddenWidth
        }
    }

    private func attention(_ family: ModelFamily) -> Int {
        if let latentAttention { return attention(latentAttention) }
        let (h, q, k) = (hiddenWidth, queryWidth, keyValueWidth)
        let projections = 2 * h * q + 2 * h * k
        let bias = hasAttentionBias ? q + 2 * k : 0
        switch family {
        case .gemma3, .qwen3, .qwen3MixtureOfExperts:
            return projections + bias + 2 * (headWidth ?? 0)
        case .qwen3Next, .qwen35, .qwen35MixtureOfExperts:
            // The query projection also makes the output gate.
            return projections + bias + h * q + 2 * (headWidth ?? 0)
        case .olmo2: return projections + bias + q + k
        // Biases on all four projections, and one learned sink for each head.
        case .gptOSS: return projections + bias + h + headCount
        case .gpt2, .phi, .pythia: return projections + bias + h
        default: return projections + bias
        }
    }

    private func attention(_ latent: LatentAttention) -> Int {
        let (h, heads) = (hiddenWidth, headCount)
        let queryHead = latent.plainWidth + latent.rotaryWidth
        let queries: Int
        if let rank = latent.queryRank {
            queries = h * rank + rank + rank * heads * queryHead
        } else {
            queries = h * heads * queryHead
        }
        let rank = latent.keyValueRank
        let keysAndValues =
            h * (rank + latent.rotaryWidth) + rank
            + rank * heads * (latent.plainWidth + latent.valueWidth)
        return queries + keysAndValues + heads * latent.valueWidth * h
    }

    /// Query, key, value and gate projections, two scalars a head, a convolution over four tokens.
    private func deltaNetParameters(_ net: DeltaNet) -> Int {
        let keys = net.keyHeadCount * net.headWidth
        let values = net.valueHeadCount * net.headWidth
        let projections =
            hiddenWidth * (2 * keys + 2 * values) + 2 * hiddenWidth * net.valueHeadCount
        let convolution = 4 * (2 * keys + values)
        return projections + convolution + 2 * net.valueHeadCount + net.headWidth
            + values * hiddenWidth
    }

    private func denseFeedForward(_ family: ModelFamily) -> Int {
        let (h, width) = (hiddenWidth, feedForwardWidth ?? 0)
        switch family {
        case .falcon: return 2 * h * width
        case .gpt2, .phi, .pythia: return 2 * h * width + width + h
        default: return 3 * h * width
        }
    }

    private func expert(_ family: ModelFamily) -> Int {
        guard let experts else { return 0 }
        let (h, m) = (hiddenWidth, experts.width)
        // Gate, up and down, each with a bias in gpt-oss.
        return family == .gptOSS ? 3 * h * m + 2 * m + h : 3 * h * m
    }

    /// The router, `count` experts and the shared ones.
    private func mixture(_ family: ModelFamily, _ count: Int) -> Int {
        guard let experts else { return 0 }
        let h = hiddenWidth
        let parts = experts.count * h + count * expert(family)
        let shared = experts.sharedCount * 3 * h * experts.width
        switch family {
        // A correction for the load of each expert.
        case .deepseekV3: return parts + shared + experts.count
        case .gptOSS: return parts + shared + experts.count
        // A gate on the shared expert.
        case .qwen3Next, .qwen35MixtureOfExperts: return parts + shared + h
        default: return parts + shared
        }
    }
}
