import Architectures
import Quantities

// `config.json` as Hugging Face transformers 5 defines it (`configuration_llama.py`,
// `configuration_mistral.py`, `configuration_qwen2.py`, `configuration_qwen3.py`); older spellings
// of the rotary settings are read too.

extension Architecture {
    /// The architecture that a `config.json` describes, or the reason why it does not run here.
    package init(configuration: JSONValue, path: String) throws(ModelFileError) {
        let keys = try ConfigurationReader(configuration, path: path)
        let family = try Family(keys)
        try keys.refuseWhatIsNotHonoured(by: family)
        let headCount = try keys.requiredInt("num_attention_heads")
        let hiddenWidth = try keys.requiredInt("hidden_size")
        let contextLength = try keys.requiredInt("max_position_embeddings")
        try keys.refuseSlidingWindow(family, contextLength: contextLength)
        let defaultHeadWidth = family == .qwen3 ? 128 : hiddenWidth / max(headCount, 1)
        let architecture = Architecture(
            family: family,
            vocabularySize: try keys.requiredInt("vocab_size"),
            hiddenWidth: hiddenWidth,
            layerCount: try keys.requiredInt("num_hidden_layers"),
            headCount: headCount,
            keyValueHeadCount: try keys.keyValueHeadCount(family, headCount: headCount),
            headWidth: try keys.int("head_dim") ?? defaultHeadWidth,
            feedForwardWidth: try keys.requiredInt("intermediate_size"),
            normEpsilon: try keys.double("rms_norm_eps") ?? 1e-6,
            // All four families leave the head untied when the key is absent.
            tiesEmbeddings: try keys.bool("tie_word_embeddings") ?? false,
            hasQueryKeyValueBias: family == .qwen2,
            normalizesQueriesAndKeys: family == .qwen3,
            rotary: try keys.rotary(contextLength: contextLength),
            contextLength: contextLength)
        self = try architecture.checked(path: path, keys: .configuration).runnable(path: path)
    }
}

extension ArchitectureKeys {
    /// The names in `config.json`.
    static let configuration = ArchitectureKeys(
        vocabularySize: "vocab_size", hiddenWidth: "hidden_size", layerCount: "num_hidden_layers",
        headCount: "num_attention_heads", keyValueHeadCount: "num_key_value_heads",
        headWidth: "head_dim", feedForwardWidth: "intermediate_size",
        contextLength: "max_position_embeddings", normEpsilon: "rms_norm_eps",
        theta: "rope_theta", scaling: "rope_scaling")
}

extension Architecture.Family {
    fileprivate init(_ keys: ConfigurationReader) throws(ModelFileError) {
        let name = try keys.requiredString("model_type")
        // SmolLM and SmolLM2 are Llama models under their own name in some conversions.
        if let family = Self(rawValue: name == "smollm" ? "llama" : name),
            Self.runnable.contains(family)
        {
            self = family
            return
        }
        let known = Self.runnable.map(\.rawValue)
        let suggestion = nearest(to: name, among: known).map { "; did you mean \(quoted($0))?" }
        throw keys.unsupported(
            "model_type",
            "the family \(quoted(name)) does not run here; \(known.joined(separator: ", ")) do"
                + (suggestion ?? ""))
    }
}

extension ConfigurationReader {
    /// Mistral and Qwen have a default other than "as many as query heads" when the key is absent.
    fileprivate func keyValueHeadCount(
        _ family: Architecture.Family, headCount: Int
    ) throws(ModelFileError) -> Int {
        if let count = try int("num_key_value_heads") { return count }
        if object["num_key_value_heads"] == .null { return headCount }
        switch family {
        case .mistral: return 8
        case .qwen2, .qwen3: return 32
        default: return headCount
        }
    }

    /// Settings that would change the numbers and that no family here has.
    fileprivate func refuseWhatIsNotHonoured(
        by family: Architecture.Family
    ) throws(ModelFileError) {
        let activation = try string("hidden_act") ?? "silu"
        guard activation == "silu" || activation == "swish" else {
            throw unsupported(
                "hidden_act", "the activation \(quoted(activation)) does not run here; silu does")
        }
        for key in ["attention_bias", "mlp_bias", "qkv_bias"] where family != .qwen2 {
            if try bool(key) == true {
                throw unsupported(
                    key, "biases do not run here in the family \(family.rawValue)")
            }
        }
        if try bool("rope_interleaved") == true {
            throw unsupported(
                "rope_interleaved", "only rotary embeddings of the two halves of a head run here")
        }
        if let dropout = try double("attention_dropout"), dropout != 0 {
            throw unsupported(
                "attention_dropout", "attention without dropout runs here, \(dropout) is asked for")
        }
        if let quantization = self["quantization_config"] {
            let method = quantization["quant_method"]?.string ?? "an unnamed method"
            throw unsupported(
                "quantization_config",
                "the weights are quantised by \(quoted(method)); F32, F16 and BF16 are read")
        }
        for key in Self.foreignKeys {
            guard let value = self[key], value != .bool(false), value != .integer(0) else {
                continue
            }
            throw unsupported(key, "the setting does not run here in any family")
        }
        let missing = Self.honouredKeys.filter { object[$0] == nil }
        for key in object.keys where !Self.honouredKeys.contains(key) && key.utf8.count < 40 {
            if let near = missing.first(where: { nearest(to: key, among: [$0]) != nil }) {
                guard Self.harmlessKeys.contains(key) else {
                    throw malformed(key, "the key is unknown; did you mean \(quoted(near))?")
                }
            }
        }
    }

    /// Keys of other families' configurations; a value there means another computation.
    private static let foreignKeys = [
        "num_experts", "num_local_experts", "n_routed_experts", "attn_logit_softcapping",
        "final_logit_softcapping", "query_pre_attn_scalar", "residual_multiplier",
        "embedding_multiplier", "attention_multiplier", "logits_scaling", "logit_scale",
        "kv_lora_rank",
        "clip_qkv", "no_rope_layers", "use_parallel_residual", "vision_config",
    ]

    /// The keys whose misspelling would silently fall back to a default.
    private static let honouredKeys = [
        "head_dim", "rms_norm_eps", "tie_word_embeddings", "rope_theta", "rope_scaling",
        "rope_parameters", "num_key_value_heads", "sliding_window", "attention_bias", "mlp_bias",
        "hidden_act", "use_sliding_window", "layer_types",
    ]

    /// Keys that look like a misspelling and are not.
    private static let harmlessKeys = ["layer_norm_eps", "hidden_size", "rope_type"]

    fileprivate func refuseSlidingWindow(
        _ family: Architecture.Family, contextLength: Int
    ) throws(ModelFileError) {
        let types = try strings("layer_types") ?? []
        let known = ["full_attention", "sliding_attention"]
        if let other = types.first(where: { !known.contains($0) }) {
            throw unsupported(
                "layer_types", "the layer type \(quoted(other)) does not run here")
        }
        let isUsed =
            switch family {
            case .mistral: true
            case .qwen2, .qwen3:
                try bool("use_sliding_window") == true || types.contains("sliding_attention")
            default: types.contains("sliding_attention")
            }
        let isAbsent = object["sliding_window"] == nil
        // Mistral and Qwen take 4096 when the key is absent, and no window when it is null.
        guard isUsed, let window = try int("sliding_window") ?? (isAbsent ? 4096 : nil),
            window < contextLength
        else { return }
        if family == .qwen2 || family == .qwen3, types.isEmpty,
            try int("max_window_layers") ?? 28 >= requiredInt("num_hidden_layers")
        {
            return
        }
        throw unsupported(
            "sliding_window",
            "attention over a window of \(window) tokens does not run here; with "
                + "\"max_position_embeddings\" of at most \(window) it would be full attention")
    }
}
