import Architectures
import Quantities

/// Reads the configuration of one family, with that family's defaults.
struct PlannedReader {
    /// The keys of the text stack.
    let keys: ConfigurationReader
    /// The keys of the whole file; the same where nothing is nested.
    let outer: ConfigurationReader
    /// The family.
    let family: Architecture.Family
    /// What is meant by an absent key.
    let defaults: PlannedDefaults

    init(_ keys: ConfigurationReader, outer: ConfigurationReader, family: Architecture.Family) {
        self.keys = keys
        self.outer = outer
        self.family = family
        defaults = family.plannedDefaults
    }

    /// The integer at the first of these spellings that is there; small enough for sums and products
    /// of two until every size is checked.
    func int(_ spellings: String...) throws(ModelFileError) -> Int? {
        for key in spellings {
            guard let value = try keys.int(key) else { continue }
            guard (0 ... 1 << 30).contains(value) else {
                throw keys.malformed(key, "\(value) is out of range; 0 to \(1 << 30) are possible")
            }
            return value
        }
        return nil
    }

    /// The truth value at the first of these spellings that is there.
    func bool(_ spellings: String...) throws(ModelFileError) -> Bool? {
        for key in spellings { if let value = try keys.bool(key) { return value } }
        return nil
    }

    private func required(
        _ value: Int?, _ standard: Int?, _ key: String
    ) throws(ModelFileError) -> Int {
        if let value = value ?? standard { return value }
        return try keys.requiredInt(key)
    }

    /// The architecture, its sizes not yet checked.
    func architecture() throws(ModelFileError) -> Architecture {
        let hidden = try required(
            try int("hidden_size", "n_embd", "d_model", "n_embed"), defaults.hidden, "hidden_size")
        let heads = try required(
            try int("num_attention_heads", "n_head", "n_heads"), defaults.heads,
            "num_attention_heads")
        let latent = try latentAttention()
        let plainWidth =
            try int("head_dim", "kv_channels") ?? defaults.headWidth
            ?? hidden / max(heads, 1)
        var result = Architecture(
            family: family,
            vocabularySize: try required(
                try int("vocab_size", "padded_vocab_size"), defaults.vocabulary, "vocab_size"),
            hiddenWidth: hidden,
            layerCount: try required(
                try int("num_hidden_layers", "n_layer", "n_layers", "num_layers"), defaults.layers,
                "num_hidden_layers"),
            headCount: heads,
            keyValueHeadCount: try keyValueHeads(heads),
            headWidth: latent.map { $0.plainWidth + $0.rotaryWidth } ?? plainWidth,
            feedForwardWidth: try feedForwardWidth(hidden),
            contextLength: try int(
                "max_position_embeddings", "n_positions", "max_seq_len", "seq_length",
                "max_sequence_length", "model_max_length") ?? defaults.context,
            tiesEmbeddings: try tie())
        result.latentAttention = latent
        result.deltaNet = try deltaNet()
        if let epsilon = try epsilon() { result.normEpsilon = epsilon }
        try readActivation(&result)
        try readBlock(&result)
        try readBiases(&result)
        try readQueryKeyNorm(&result)
        try readWindow(&result)
        result.rotary = try rotary(result)
        if let experts = try experts(result) { result.setExperts(experts) }
        result.attentionScoreCap =
            try cap("attn_logit_softcapping", result.attentionScoreCap)
        result.logitCap = try cap("final_logit_softcapping", result.logitCap)
        return result
    }

    private func tie() throws(ModelFileError) -> Bool? {
        // The outer setting decides where a text stack is nested (`tie_weights` of transformers).
        let nested = try outer.bool("tie_word_embeddings")
        let own = try keys.bool("tie_word_embeddings")
        return nested ?? own ?? defaults.ties
    }

    private func cap(_ key: String, _ standard: Double?) throws(ModelFileError) -> Double? {
        keys.object[key] == .null ? nil : try keys.double(key) ?? standard
    }

    private func epsilon() throws(ModelFileError) -> Double? {
        for key in [
            "rms_norm_eps", "layer_norm_eps", "layer_norm_epsilon", "layernorm_epsilon",
            "norm_epsilon", "norm_eps",
        ] {
            if let value = try keys.double(key) { return value }
        }
        return nil
    }

    private func keyValueHeads(_ heads: Int) throws(ModelFileError) -> Int {
        switch family {
        case .falcon:
            if try keys.bool("new_decoder_architecture") == true {
                return try int("num_kv_heads", "n_head_kv") ?? heads
            }
            return try keys.bool("multi_query") ?? true ? 1 : heads
        case .gptBigCode: return try keys.bool("multi_query") ?? true ? 1 : heads
        case .chatglm:
            guard try keys.bool("multi_query_attention") == true else { return heads }
            return try int("multi_query_group_num") ?? 1
        case .mpt:
            guard let attention = keys["attn_config"] else { return heads }
            let inner = try ConfigurationReader(attention, path: keys.path, prefix: "attn_config.")
            if try inner.bool("qk_ln") == true {
                throw inner.unsupported("qk_ln", "normalised queries are not described in MPT")
            }
            if try inner.string("attn_type") == "multiquery_attention" { return 1 }
            return try inner.int("kv_n_heads") ?? heads
        default:
            if let count = try int("num_key_value_heads") { return count }
            return keys.object["num_key_value_heads"] == .null
                ? heads : defaults.keyValueHeads ?? heads
        }
    }

    private func feedForwardWidth(_ hidden: Int) throws(ModelFileError) -> Int {
        switch family {
        // Twice the width of each half (`modeling_qwen.py`).
        case .qwen: return try required(try int("intermediate_size"), nil, "intermediate_size") / 2
        case .mpt: return (try int("expansion_ratio") ?? 4) * hidden
        case .gpt2, .gptBigCode, .gptj, .bloom, .falcon:
            return try int("n_inner", "ffn_hidden_size") ?? 4 * hidden
        case .llama4: return try int("intermediate_size_mlp") ?? 16_384
        default:
            let width = try int("intermediate_size", "ffn_dim", "ffn_hidden_size")
            let expert = try int("moe_intermediate_size")
            return try required(width ?? defaults.feedForward, expert, "intermediate_size")
        }
    }

    private func readActivation(_ model: inout Architecture) throws(ModelFileError) {
        for key in ["hidden_act", "hidden_activation", "activation_function"] {
            guard let name = try keys.string(key) else { continue }
            guard let activation = PlannedReader.activations[name] else {
                let near = nearest(to: name, among: PlannedReader.activations.keys.sorted())
                throw keys.unsupported(
                    key,
                    "the activation \(quoted(name)) is not known"
                        + (near.map { "; did you mean \(quoted($0))?" } ?? ""))
            }
            switch model.feedForward {
            case .gated: model.feedForward = .gated(activation)
            case .plain: model.feedForward = .plain(activation)
            }
        }
    }

    /// `ACT2FN` of transformers; those written out as sums and products keep their parts.
    private static let activations: [String: Architecture.Activation] = [
        "silu": .silu, "swish": .silu, "gelu": .gelu, "gelu_pytorch_tanh": .gelu,
        "gelu_new": .writtenOutGELU, "gelu_fast": .writtenOutGELU, "relu": .relu,
        "relu2": .squaredReLU,
    ]
}
