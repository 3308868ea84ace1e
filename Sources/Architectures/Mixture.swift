extension Architecture {
    /// A mixture of experts: a router sends each token to a few of many feed-forward blocks.
    package struct Experts: Sendable, Hashable, Codable {
        /// Experts a router chooses from.
        package var count: Int
        /// Experts chosen for each token.
        package var countPerToken: Int
        /// Width inside one expert.
        package var width: Int
        /// Width inside the experts that every token passes, all together; 0 when there are none.
        package var sharedWidth: Int
        /// Dense layers before the first mixture.
        package var leadingDenseLayerCount: Int
        /// Every how many layers a mixture comes after those; 1 is every layer.
        package var period: Int
        /// Whether the shared experts are scaled by a gate of their own (Qwen2-MoE).
        package var gatesSharedExperts = false
        /// Whether the router has a bias, learned or corrected for load.
        package var hasRouterBias = false
        /// Whether gate, up and down of each expert have biases (gpt-oss).
        package var hasExpertBiases = false
        /// Whether gate and up of an expert come from one matrix.
        package var fusesGateAndUp = false

        package init(
            count: Int, countPerToken: Int, width: Int, sharedWidth: Int = 0,
            leadingDenseLayerCount: Int = 0, period: Int = 1
        ) {
            self.count = count
            self.countPerToken = countPerToken
            self.width = width
            self.sharedWidth = sharedWidth
            self.leadingDenseLayerCount = leadingDenseLayerCount
            self.period = period
        }
    }

    /// Multi-head latent attention (DeepSeek-V2, arXiv 2405.04434).
    package struct LatentAttention: Sendable, Hashable, Codable {
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

    /// Gated DeltaNet layers between the layers that attend (Qwen3-Next).
    package struct DeltaNet: Sendable, Hashable, Codable {
        /// Every how many layers one attends fully.
        package var fullAttentionPeriod: Int
        /// Heads of queries and keys.
        package var keyHeadCount: Int
        /// Heads of values.
        package var valueHeadCount: Int
        /// Width of a head.
        package var headWidth: Int
        /// Tokens that the convolution before it covers.
        package var convolutionWidth = 4

        package init(
            fullAttentionPeriod: Int, keyHeadCount: Int, valueHeadCount: Int, headWidth: Int
        ) {
            self.fullAttentionPeriod = fullAttentionPeriod
            self.keyHeadCount = keyHeadCount
            self.valueHeadCount = valueHeadCount
            self.headWidth = headWidth
        }

        /// Width of all query or key heads together.
        package var keyWidth: Int { keyHeadCount * headWidth }
        /// Width of all value heads together.
        package var valueWidth: Int { valueHeadCount * headWidth }
    }

    /// Attention that reaches back a fixed number of tokens.
    package struct SlidingWindow: Sendable, Hashable, Codable {
        /// How many tokens it sees, the query's own included.
        package var length: Int
        /// Every how many layers one sees everything; nil when none does.
        package var fullPeriod: Int?

        package init(length: Int, fullPeriod: Int? = nil) {
            self.length = length
            self.fullPeriod = fullPeriod
        }
    }
}

extension Architecture {
    /// What mixes tokens in a layer.
    package enum Mixer: Sendable, Hashable {
        /// Attention over everything before, or over a window of so many tokens.
        case attention(window: Int?)
        /// Gated DeltaNet.
        case deltaNet
    }

    /// What mixes tokens in a layer.
    package func mixer(_ layer: Int) -> Mixer {
        if let deltaNet, (layer + 1) % deltaNet.fullAttentionPeriod != 0 { return .deltaNet }
        guard let slidingWindow else { return .attention(window: nil) }
        if let period = slidingWindow.fullPeriod, (layer + 1) % period == 0 {
            return .attention(window: nil)
        }
        return .attention(window: slidingWindow.length)
    }

    /// Whether a layer's feed-forward block is a mixture of experts.
    package func isMixture(_ layer: Int) -> Bool {
        guard let experts else { return false }
        let index = layer - experts.leadingDenseLayerCount
        return index >= 0 && (index + 1) % experts.period == 0
    }

    /// After how many layers the kinds of layer repeat, leading dense layers aside.
    package var layerPeriod: Int {
        let periods = [
            deltaNet?.fullAttentionPeriod, slidingWindow?.fullPeriod, experts?.period,
        ].compactMap { $0 }
        return periods.reduce(1) { $0 / greatestCommonDivisor($0, $1) * $1 }
    }
}

private func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
    b == 0 ? a : greatestCommonDivisor(b, a % b)
}
