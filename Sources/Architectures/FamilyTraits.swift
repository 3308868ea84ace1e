/// What the members of a family have in common beyond their sizes.
///
/// Where a member differs, whoever reads it says so on the `Architecture`. What is not set is as in
/// Llama.
package struct FamilyTraits: Sendable, Hashable {
    /// The modelling file the facts were read in.
    package let source: String
    /// How rows are normalised.
    package var norm = Architecture.Norm.rms
    /// The constant added to the mean square.
    package var normEpsilon = 1e-5
    /// Where a layer normalises.
    package var normPlacement = Architecture.NormPlacement.before
    /// The dense feed-forward block.
    package var feedForward = Architecture.FeedForward.gated(.silu)
    /// How the model knows positions.
    package var positions = Architecture.Positions.rotary
    /// The base of the rotary frequencies.
    package var theta = 10_000.0
    /// The part of each head that is rotated.
    package var rotaryShare = 1.0
    /// What has biases.
    package var biases: Biases = []
    /// How queries and keys are normalised.
    package var queryKeyNorm = Architecture.QueryKeyNorm.none
    /// Whether query, key and value come from one matrix.
    package var fusesQueryKeyValue = false
    /// Whether gate and up come from one matrix.
    package var fusesGateAndUp = false
    /// Whether the output head is the token embedding where the configuration is silent.
    package var tiesEmbeddings = false
    /// Whether the token embedding is normalised.
    package var normalizesEmbedding = false
    /// Whether heads have attention sinks.
    package var hasAttentionSinks = false
    /// Whether the output of attention is gated.
    package var gatesAttentionOutput = false
    /// The bound of attention scores.
    package var attentionScoreCap: Double?
    /// The bound of logits.
    package var logitCap: Double?
    /// How many tokens a sliding window reaches back in every member; nil where members differ.
    package var windowLength: Int?
    /// Every how many layers one sees everything, where the others see a window.
    package var windowPeriod: Int?
    /// Whether a gate scales the shared experts.
    package var gatesSharedExperts = false
    /// Whether routers have a bias, learned or corrected for load.
    package var hasRouterBias = false
    /// Whether experts have biases.
    package var hasExpertBiases = false
    /// Whether gate and up of an expert come from one matrix.
    package var fusesExpertGateAndUp = false

    init(source: String) { self.source = source }

    /// What may have a bias.
    package struct Biases: OptionSet, Sendable, Hashable {
        package let rawValue: Int
        package init(rawValue: Int) { self.rawValue = rawValue }

        /// The projections to queries, keys and values.
        package static let attentionInputs = Biases(rawValue: 1)
        /// The projection out of attention.
        package static let attentionOutput = Biases(rawValue: 2)
        /// The layers of the dense feed-forward block.
        package static let feedForward = Biases(rawValue: 4)
        /// The output head.
        package static let head = Biases(rawValue: 8)
        /// Every linear layer of a block.
        package static let block: Biases = [.attentionInputs, .attentionOutput, .feedForward]
    }
}

extension Architecture {
    /// A model of a family: these sizes, and everything else as the family has it.
    package init(
        family: Family, vocabularySize: Int, hiddenWidth: Int, layerCount: Int, headCount: Int,
        keyValueHeadCount: Int, headWidth: Int, feedForwardWidth: Int, contextLength: Int,
        tiesEmbeddings: Bool? = nil
    ) {
        let traits = family.traits
        self.init(
            family: family, vocabularySize: vocabularySize, hiddenWidth: hiddenWidth,
            layerCount: layerCount, headCount: headCount, keyValueHeadCount: keyValueHeadCount,
            headWidth: headWidth, feedForwardWidth: feedForwardWidth,
            normEpsilon: traits.normEpsilon,
            tiesEmbeddings: tiesEmbeddings ?? traits.tiesEmbeddings, hasQueryKeyValueBias: false,
            normalizesQueriesAndKeys: false, rotary: Rotary(theta: traits.theta),
            contextLength: contextLength)
        rotary.share = traits.rotaryShare
        norm = traits.norm
        normPlacement = traits.normPlacement
        feedForward = traits.feedForward
        positions = traits.positions
        queryKeyNorm = traits.queryKeyNorm
        fusesQueryKeyValue = traits.fusesQueryKeyValue
        fusesGateAndUp = traits.fusesGateAndUp
        normalizesEmbedding = traits.normalizesEmbedding
        hasAttentionSinks = traits.hasAttentionSinks
        gatesAttentionOutput = traits.gatesAttentionOutput
        attentionScoreCap = traits.attentionScoreCap
        logitCap = traits.logitCap
        setBiases(traits.biases)
        // Falcon-7B has one norm for both blocks, the larger ones two (`modeling_falcon.py`).
        if family == .falcon, keyValueHeadCount > 1 { normPlacement = .parallel }
    }

    /// Puts biases on whatever linear layers the model has in those places, and on no other.
    package mutating func setBiases(_ places: FamilyTraits.Biases) {
        biases = []
        if places.contains(.attentionInputs) { hasQueryKeyValueBias = true }
        if places.contains(.attentionOutput) { biases.insert(.attentionOutput) }
        if places.contains(.feedForward) {
            switch feedForward {
            case .plain: biases.formUnion([.up, .down])
            case .gated: biases.formUnion(fusesGateAndUp ? [.gateUp, .down] : [.gate, .up, .down])
            }
        }
        hasHeadBias = places.contains(.head)
    }

    /// Gives the model experts whose routers and biases are as its family has them.
    package mutating func setExperts(_ experts: Experts) {
        let traits = family.traits
        var experts = experts
        experts.gatesSharedExperts = traits.gatesSharedExperts && experts.sharedWidth > 0
        experts.hasRouterBias = traits.hasRouterBias
        experts.hasExpertBiases = traits.hasExpertBiases
        experts.fusesGateAndUp = traits.fusesExpertGateAndUp
        self.experts = experts
    }
}
