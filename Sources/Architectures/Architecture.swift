/// One description of a decoder-only transformer: what its families have in common and in what they
/// differ.
///
/// A family is a combination of these fields, never a copy of the code. The names are the field's
/// own; the keys of other people's files are mapped where those files are read. What the initialiser
/// does not ask for is as in Llama.
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
    /// Width of one head; of the rotated and the plain part together in latent attention.
    package var headWidth: Int
    /// Width between the two halves of a dense feed-forward block.
    package var feedForwardWidth: Int
    /// The constant added to the mean square in normalisation.
    package var normEpsilon: Double
    /// Whether the output head is the token embedding.
    package var tiesEmbeddings: Bool
    /// The linear layers that have a bias.
    package var biases: Set<LinearLayer> = []
    /// How queries and keys are normalised before the rotation.
    package var queryKeyNorm = QueryKeyNorm.none
    /// The rotary position embedding; its values are without effect where positions are not rotary.
    package var rotary: Rotary
    /// The longest sequence the checkpoint was made for.
    package var contextLength: Int

    /// How rows are normalised.
    package var norm = Norm.rms
    /// Where a layer normalises.
    package var normPlacement = NormPlacement.before
    /// The dense feed-forward block.
    package var feedForward = FeedForward.gated(.silu)
    /// How the model knows positions.
    package var positions = Positions.rotary
    /// Whether query, key and value come from one matrix.
    package var fusesQueryKeyValue = false
    /// Whether gate and up come from one matrix.
    package var fusesGateAndUp = false
    /// The experts of its mixture layers; nil for a dense model.
    package var experts: Experts?
    /// Compressed queries, keys and values (DeepSeek); nil for ordinary attention.
    package var latentAttention: LatentAttention?
    /// Linear attention in most layers (Qwen3-Next); nil when every layer attends.
    package var deltaNet: DeltaNet?
    /// Layers that look back only so far; nil when every layer sees everything before it.
    package var slidingWindow: SlidingWindow?
    /// Whether each head has a learned logit that nothing belongs to (gpt-oss).
    package var hasAttentionSinks = false
    /// Whether the query projection also makes a gate on the output of attention (Qwen3-Next).
    package var gatesAttentionOutput = false
    /// Whether the output head has a bias (Phi-2).
    package var hasHeadBias = false
    /// Whether the token embedding is normalised before the first layer (BLOOM).
    package var normalizesEmbedding = false
    /// The bound that attention scores are squeezed to (Gemma 2); nil leaves them alone.
    package var attentionScoreCap: Double?
    /// The bound that logits are squeezed to (Gemma 2); nil leaves them alone.
    package var logitCap: Double?

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
        self.rotary = rotary
        self.contextLength = contextLength
        if hasQueryKeyValueBias { biases = [.query, .key, .value] }
        if normalizesQueriesAndKeys { queryKeyNorm = .eachHead }
    }

    /// Width of all query heads together.
    package var queryWidth: Int { headCount * headWidth }
    /// Width of all key heads together.
    package var keyValueWidth: Int { keyValueHeadCount * headWidth }
    /// Whether the query, key and value projections, or the one in their place, have a bias (Qwen2).
    package var hasQueryKeyValueBias: Bool {
        get { biases.isSuperset(of: queryKeyValueLinears) }
        set {
            biases.subtract([.query, .key, .value, .queryKeyValue])
            if newValue { biases.formUnion(queryKeyValueLinears) }
        }
    }
    private var queryKeyValueLinears: [LinearLayer] {
        fusesQueryKeyValue ? [.queryKeyValue] : [.query, .key, .value]
    }
    /// Whether each query and key head is normalised before the rotation (Qwen3).
    package var normalizesQueriesAndKeys: Bool {
        get { queryKeyNorm == .eachHead }
        set { queryKeyNorm = newValue ? .eachHead : .none }
    }
}

extension Architecture {
    /// The families whose dimensions can be read, by their `model_type` in a Hugging Face
    /// `config.json`.
    package enum Family: String, Sendable, Hashable, Codable, CaseIterable {
        case llama, mistral, mixtral, qwen, qwen2, qwen3, gemma, gemma2, phi, phi3, falcon, mpt,
            olmo,
            olmo2
        case olmo3, granite, granitemoe, granitemoeshared, gpt2, cohere, starcoder2, stablelm, bloom
        case smollm3, opt, cohere2, olmoe, glm, glm4, chatglm, baichuan, internlm, internlm2,
            minicpm
        case deepseek, nemotron, phimoe, gptj
        case llama4 = "llama4_text"
        case qwen2MixtureOfExperts = "qwen2_moe"
        case qwen3MixtureOfExperts = "qwen3_moe"
        case qwen3Next = "qwen3_next"
        case qwen35 = "qwen3_5_text"
        case qwen35MixtureOfExperts = "qwen3_5_moe_text"
        case gemma3 = "gemma3_text"
        case deepseekV2 = "deepseek_v2"
        case deepseekV3 = "deepseek_v3"
        case gptOSS = "gpt_oss"
        case gptNeoX = "gpt_neox"
        case gptBigCode = "gpt_bigcode"
        case glm4MixtureOfExperts = "glm4_moe"
        case glm4MixtureOfExpertsLite = "glm4_moe_lite"
        case ernie45 = "ernie4_5"
        case ernie45MixtureOfExperts = "ernie4_5_moe"
        case seedOSS = "seed_oss"
        case hunYuan = "hunyuan_v1_dense"
        case grok = "grok-1"
        /// Megatron-LM's own GPT, which no `config.json` names.
        case megatronGPT = "megatron-gpt"

        /// The families whose checkpoints the local engine runs.
        package static let runnable: [Family] = [.llama, .mistral, .qwen2, .qwen3]
    }

    /// How the rows of a tensor are normalised.
    package enum Norm: String, Sendable, Hashable, Codable, CaseIterable {
        /// Divided by their root mean square and scaled (Zhang & Sennrich 2019).
        case rms
        /// Centred, divided by their deviation, scaled and shifted (Ba and others 2016).
        case layer
        /// The same without a shift (MPT, Cohere).
        case layerWithoutBias
        /// Centred and divided by their deviation, with no parameter at all (OLMo).
        case plain
    }

    /// Where a layer normalises.
    package enum NormPlacement: String, Sendable, Hashable, Codable, CaseIterable {
        /// Before attention and before the feed-forward block.
        case before
        /// Before and after both (Gemma 2 and 3).
        case around
        /// After both (OLMo 2).
        case after
        /// Attention and feed-forward block read the same input, each through its own norm (GPT-NeoX).
        case parallel
        /// Attention and feed-forward block read the same normalised input (Phi-2, Falcon-7B).
        case parallelShared
    }

    /// A dense feed-forward block.
    package enum FeedForward: Sendable, Hashable, Codable {
        /// down(activation(gate(x)) ∘ up(x))
        case gated(Activation)
        /// down(activation(up(x)))
        case plain(Activation)

        /// The activation.
        package var activation: Activation {
            switch self {
            case .gated(let activation), .plain(let activation): activation
            }
        }
    }

    /// The function between the halves of a feed-forward block.
    package enum Activation: String, Sendable, Hashable, Codable, CaseIterable {
        case silu, gelu, relu
        /// The tanh approximation, written out as products and sums (GPT-2's `gelu_new`).
        case writtenOutGELU
        /// max(x, 0)²
        case squaredReLU
    }

    /// How a model knows positions.
    package enum Positions: String, Sendable, Hashable, Codable, CaseIterable {
        /// Rotated queries and keys.
        case rotary
        /// A learned vector for each position.
        case learned
        /// A bias on scores that grows with distance (Press and others 2022).
        case linearBias
        /// No sign of positions in any layer.
        case none
    }

    /// How queries and keys are normalised before the rotation.
    package enum QueryKeyNorm: String, Sendable, Hashable, Codable, CaseIterable {
        case none
        /// Head by head with one scale for all heads (Qwen3, Gemma 3).
        case eachHead
        /// With a scale for each channel of each head: all heads together (OLMo 2) or head by head
        /// (Cohere, StableLM 2).
        case wholeWidth
        /// Head by head with no scale (Llama 4).
        case withoutScale
    }

    /// Rotary position embedding: pairs (i, i + headWidth / 2) are rotated by position × frequency.
    package struct Rotary: Sendable, Hashable, Codable {
        /// The base of the geometric series of frequencies.
        package var theta: Double
        /// How the frequencies are stretched for long contexts.
        package var scaling: Scaling
        /// The part of each head that is rotated.
        package var share = 1.0

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
