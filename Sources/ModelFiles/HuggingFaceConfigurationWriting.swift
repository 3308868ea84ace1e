import Architectures

extension Architecture {
    /// The `config.json` that Hugging Face transformers loads this architecture from.
    ///
    /// `encoding` is what the weights beside it are stored as.
    package func configuration(
        storedAs encoding: TensorEncoding, specialTokens: SpecialTokens = SpecialTokens()
    ) -> JSONValue {
        var object: JSONObject = [
            "architectures": .array([.string(className)]),
            "model_type": .string(family.rawValue),
            "dtype": .string(encoding.configurationName),
            "vocab_size": .integer(vocabularySize),
            "hidden_size": .integer(hiddenWidth),
            "intermediate_size": .integer(feedForwardWidth),
            "num_hidden_layers": .integer(layerCount),
            "num_attention_heads": .integer(headCount),
            "num_key_value_heads": .integer(keyValueHeadCount),
            "head_dim": .integer(headWidth),
            "hidden_act": .string("silu"),
            "max_position_embeddings": .integer(contextLength),
            "rms_norm_eps": .number(normEpsilon),
            "tie_word_embeddings": .bool(tiesEmbeddings),
            "attention_dropout": .number(0),
            "initializer_range": .number(0.02),
            "use_cache": .bool(true),
        ]
        for member in rotary.configuration.members { object[member.key] = member.value }
        for member in specialTokens.configuration.members { object[member.key] = member.value }
        switch family {
        case .mistral: object["sliding_window"] = .null
        case .qwen2: object["use_sliding_window"] = .bool(false)
        case .qwen3:
            object["use_sliding_window"] = .bool(false)
            object["attention_bias"] = .bool(false)
        default:
            object["attention_bias"] = .bool(false)
            object["mlp_bias"] = .bool(false)
        }
        return .object(object)
    }

    private var className: String {
        switch family {
        case .mistral: "MistralForCausalLM"
        case .qwen2: "Qwen2ForCausalLM"
        case .qwen3: "Qwen3ForCausalLM"
        default: "LlamaForCausalLM"
        }
    }
}

extension TensorEncoding {
    /// The name of the type in `config.json`.
    fileprivate var configurationName: String {
        switch self {
        case .f16: "float16"
        case .bf16: "bfloat16"
        default: "float32"
        }
    }
}
