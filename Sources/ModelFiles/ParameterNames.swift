import Architectures

// The names of parameters in files. Hugging Face: `modeling_llama.py` and its relatives. GGUF:
// `gguf-py/gguf/constants.py`.

extension ParameterID {
    /// The name in Hugging Face checkpoints; its own for parameters of models that do not run here.
    package var huggingFaceName: String {
        switch self {
        case .tokenEmbedding: "model.embed_tokens.weight"
        case .norm(.attention, let layer?): "model.layers.\(layer).input_layernorm.weight"
        case .weight(let linear, let layer): "\(linear.huggingFacePath(layer: layer)).weight"
        case .bias(let linear, let layer): "\(linear.huggingFacePath(layer: layer)).bias"
        case .queryNorm(let layer): "model.layers.\(layer).self_attn.q_norm.weight"
        case .keyNorm(let layer): "model.layers.\(layer).self_attn.k_norm.weight"
        case .norm(.feedForward, let layer?):
            "model.layers.\(layer).post_attention_layernorm.weight"
        case .norm(.final, nil): "model.norm.weight"
        case .outputHead: "lm_head.weight"
        case .positionEmbedding, .norm, .normBias, .attentionSinks, .latentQueryNorm,
            .latentKeyValueNorm, .deltaConvolution, .deltaDecay, .deltaNorm, .router, .routerBias,
            .experts, .expertBiases, .sharedExperts, .sharedExpertGate, .headBias:
            name
        }
    }

    /// The name in GGUF files; its own for parameters of models that do not run here.
    package var ggufName: String {
        switch self {
        case .tokenEmbedding: "token_embd.weight"
        case .norm(.attention, let layer?): "blk.\(layer).attn_norm.weight"
        case .weight(let linear, let layer): "blk.\(layer).\(linear.ggufName).weight"
        case .bias(let linear, let layer): "blk.\(layer).\(linear.ggufName).bias"
        case .queryNorm(let layer): "blk.\(layer).attn_q_norm.weight"
        case .keyNorm(let layer): "blk.\(layer).attn_k_norm.weight"
        case .norm(.feedForward, let layer?): "blk.\(layer).ffn_norm.weight"
        case .norm(.final, nil): "output_norm.weight"
        case .outputHead: "output.weight"
        case .positionEmbedding, .norm, .normBias, .attentionSinks, .latentQueryNorm,
            .latentKeyValueNorm, .deltaConvolution, .deltaDecay, .deltaNorm, .router, .routerBias,
            .experts, .expertBiases, .sharedExperts, .sharedExpertGate, .headBias:
            name
        }
    }
}

extension LinearLayer {
    /// The module's path in Hugging Face models.
    package func huggingFacePath(layer: Int) -> String {
        switch self {
        case .query, .key, .value, .attentionOutput, .queryKeyValue, .queryDown, .queryUp,
            .keyValueDown, .keyValueUp:
            "model.layers.\(layer).self_attn.\(usualModuleName)"
        case .deltaInput, .deltaScalars: "model.layers.\(layer).linear_attn.\(usualModuleName)"
        case .gate, .up, .down, .gateUp: "model.layers.\(layer).mlp.\(usualModuleName)"
        }
    }

    /// The tensor's name within a block of a GGUF file.
    fileprivate var ggufName: String {
        switch self {
        case .query: "attn_q"
        case .key: "attn_k"
        case .value: "attn_v"
        case .attentionOutput: "attn_output"
        case .gate: "ffn_gate"
        case .up: "ffn_up"
        case .down: "ffn_down"
        case .queryKeyValue: "attn_qkv"
        case .gateUp: "ffn_gate_up"
        case .queryDown: "attn_q_a"
        case .queryUp: "attn_q_b"
        case .keyValueDown: "attn_kv_a_mqa"
        case .keyValueUp: "attn_kv_b"
        case .deltaInput: "ssm_in"
        case .deltaScalars: "ssm_ba"
        }
    }
}

extension AdapterParameterID {
    /// The name in PEFT adapter files.
    package var peftName: String {
        let side = matrix == .a ? "lora_A" : "lora_B"
        return "base_model.model.\(linear.huggingFacePath(layer: layer)).\(side).weight"
    }
}
