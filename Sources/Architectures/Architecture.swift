/// One description of a decoder-only transformer: what every family that runs here has in common.
///
/// A family is a combination of these fields, never a copy of the code. The names are the field's
/// own; the keys of other people's files are mapped where those files are read.
package struct Architecture: Sendable, Hashable, Codable {
    /// The family a checkpoint says it belongs to, kept for writing it back and for messages.
    package var family: Family
    /// Rows of the token embedding.
    package var vocabularySize: Int
    /// Width of the residual stream.
    package var hiddenWidth: Int
    /// Number of transformer layers.
    package var layerCount: Int
    /// Number of query heads.
    package var headCount: Int
    /// Number of key and value heads; divides `headCount`.
    package var keyValueHeadCount: Int
    /// Width of one head.
    package var headWidth: Int
    /// Width between the two halves of the feed-forward block.
    package var feedForwardWidth: Int
    /// The constant added to the mean square in RMS normalisation.
    package var normEpsilon: Double
    /// Whether the output head is the token embedding.
    package var tiesEmbeddings: Bool
    /// Whether the query, key and value projections have a bias (Qwen2).
    package var hasQueryKeyValueBias: Bool
    /// Whether each query and key head is RMS-normalised before the rotation (Qwen3).
    package var normalizesQueriesAndKeys: Bool
    /// The rotary position embedding.
    package var rotary: Rotary
    /// The longest sequence the checkpoint was made for.
    package var contextLength: Int

    package init(
        family: Family, vocabularySize: Int, hiddenWidth: Int, layerCount: Int, headCount: Int,
        keyValueHeadCount: Int, headWidth: Int, feedForwardWidth: Int, normEpsilon: Double,
        tiesEmbeddings: Bool, hasQueryKeyValueBias: Bool, normalizesQueriesAndKeys: Bool,
        rotary: Rotary, contextLength: Int
    ) {
        self.family = family
        self.vocabularySize = vocabularySize
        self.hiddenWidth = hiddenWidth
        self.layerCount = layerCount
        self.headCount = headCount
        self.keyValueHeadCount = keyValueHeadCount
        self.headWidth = headWidth
        self.feedForwardWidth = feedForwardWidth
        self.normEpsilon = normEpsilon
        self.tiesEmbeddings = tiesEmbeddings
        self.hasQueryKeyValueBias = hasQueryKeyValueBias
        self.normalizesQueriesAndKeys = normalizesQueriesAndKeys
        self.rotary = rotary
        self.contextLength = contextLength
    }

    /// Width of all query heads together.
    package var queryWidth: Int { headCount * headWidth }
    /// Width of all key heads together.
    package var keyValueWidth: Int { keyValueHeadCount * headWidth }
}

extension Architecture {
    /// The families whose checkpoints run here.
    package enum Family: String, Sendable, Hashable, Codable, CaseIterable {
        case llama, mistral, qwen2, qwen3
    }

    /// Rotary position embedding: pairs (i, i + headWidth / 2) are rotated by position × frequency.
    package struct Rotary: Sendable, Hashable, Codable {
        /// The base of the geometric series of frequencies.
        package var theta: Double
        /// How the frequencies are stretched for long contexts.
        package var scaling: Scaling

        package init(theta: Double, scaling: Scaling = .none) {
            self.theta = theta
            self.scaling = scaling
        }

        /// A stretch of the rotary frequencies.
        package enum Scaling: Sendable, Hashable, Codable {
            /// Frequencies as they are.
            case none
            /// Every frequency divided by the factor.
            case linear(factor: Double)
            /// Llama 3.1: low frequencies divided by the factor, high ones kept, a ramp between.
            case llama3(
                factor: Double, lowFrequencyFactor: Double, highFrequencyFactor: Double,
                originalContextLength: Int)
        }
    }
}
