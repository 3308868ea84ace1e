extension LinearLayer {
    /// The module's name in most families of Hugging Face transformers, and in PEFT's `target_modules`.
    package var usualModuleName: String {
        switch self {
        case .query: "q_proj"
        case .key: "k_proj"
        case .value: "v_proj"
        case .attentionOutput: "o_proj"
        case .gate: "gate_proj"
        case .up: "up_proj"
        case .down: "down_proj"
        case .queryKeyValue: "qkv_proj"
        case .gateUp: "gate_up_proj"
        case .queryDown: "q_a_proj"
        case .queryUp: "q_b_proj"
        case .keyValueDown: "kv_a_proj_with_mqa"
        case .keyValueUp: "kv_b_proj"
        case .deltaInput: "in_proj_qkvz"
        case .deltaScalars: "in_proj_ba"
        }
    }

    /// The layers that a name means in no family's own words: short ones (LitGPT, Unsloth), those of
    /// torchtune, and those of Megatron-LM, whose `linear_fc1` is gate and up; nil for an unknown name.
    static func group(named name: String) -> Set<LinearLayer>? {
        let attention: Set<LinearLayer> = [
            .query, .key, .value, .queryKeyValue, .attentionOutput, .queryDown, .queryUp,
            .keyValueDown, .keyValueUp, .deltaInput, .deltaScalars,
        ]
        let feedForward: Set<LinearLayer> = [.gate, .up, .gateUp, .down]
        switch name {
        case "all-linear", "all linear", "alllinear", "all", "*": return Set(allCases)
        case "attention", "attn", "self_attn": return attention
        case "mlp", "feed_forward", "ffn": return feedForward
        case "q", "query", "wq": return [.query, .queryUp, .queryKeyValue]
        case "k", "key", "wk": return [.key, .keyValueUp, .queryKeyValue]
        case "v", "value", "wv": return [.value, .keyValueUp, .queryKeyValue]
        case "o", "output", "projection", "out_proj", "output_proj", "linear_proj", "wo":
            return [.attentionOutput]
        case "qkv", "linear_qkv", "attention_qkv":
            return [.query, .key, .value, .queryKeyValue]
        case "gate": return [.gate, .gateUp]
        case "up": return [.up, .gateUp]
        case "down", "linear_fc2": return [.down]
        case "linear_fc1": return [.gate, .up, .gateUp]
        default: return nil
        }
    }
}

extension Architecture.Family {
    /// The family's own module names where they are not the usual ones; a name may stand for several
    /// layers, as `c_proj` does in GPT-2.
    ///
    /// Source: the modelling file of `FamilyTraits.source`.
    var moduleNames: [LinearLayer: [String]] {
        switch self {
        case .gpt2, .gptBigCode:
            [
                .queryKeyValue: ["c_attn"], .attentionOutput: ["c_proj"], .up: ["c_fc"],
                .down: ["c_proj"],
            ]
        case .gptNeoX, .falcon, .bloom:
            [
                .queryKeyValue: ["query_key_value"], .attentionOutput: ["dense"],
                .up: ["dense_h_to_4h"], .down: ["dense_4h_to_h"],
            ]
        case .chatglm:
            [
                .queryKeyValue: ["query_key_value"], .attentionOutput: ["dense"],
                .gateUp: ["dense_h_to_4h"], .down: ["dense_4h_to_h"],
            ]
        case .mpt: [.queryKeyValue: ["Wqkv"], .attentionOutput: ["out_proj"]]
        case .gptj: [.attentionOutput: ["out_proj"], .up: ["fc_in"], .down: ["fc_out"]]
        case .opt: [.attentionOutput: ["out_proj"], .up: ["fc1"], .down: ["fc2"]]
        case .phi: [.attentionOutput: ["dense"], .up: ["fc1"], .down: ["fc2"]]
        case .starcoder2: [.up: ["c_fc"], .down: ["c_proj"]]
        case .qwen:
            [
                .queryKeyValue: ["c_attn"], .attentionOutput: ["c_proj"], .up: ["w1"],
                .gate: ["w2"], .down: ["c_proj"],
            ]
        case .mixtral, .phimoe: [.gate: ["w1"], .up: ["w3"], .down: ["w2"]]
        case .internlm2:
            [
                .query: ["wqkv"], .key: ["wqkv"], .value: ["wqkv"], .attentionOutput: ["wo"],
                .gate: ["w1"], .up: ["w3"], .down: ["w2"],
            ]
        case .baichuan: [.query: ["W_pack"], .key: ["W_pack"], .value: ["W_pack"]]
        case .granitemoe, .granitemoeshared: [.gateUp: ["input_linear"], .down: ["output_linear"]]
        case .qwen35, .qwen35MixtureOfExperts:
            [
                .deltaInput: ["in_proj_qkv", "in_proj_z"],
                .deltaScalars: ["in_proj_b", "in_proj_a"],
                .attentionOutput: ["o_proj", "out_proj"],
            ]
        case .qwen3Next: [.attentionOutput: ["o_proj", "out_proj"]]
        case .megatronGPT:
            [
                .queryKeyValue: ["linear_qkv"], .attentionOutput: ["linear_proj"],
                .up: ["linear_fc1"], .down: ["linear_fc2"],
            ]
        default: [:]
        }
    }
}
