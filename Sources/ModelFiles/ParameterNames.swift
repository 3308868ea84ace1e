import Architectures

// The names of parameters in files. Hugging Face: `modeling_llama.py` and its relatives. GGUF:
// `gguf-py/gguf/constants.py`.

extension ParameterID {
    /// The name in Hugging Face checkpoints.
    package var huggingFaceName: String {
        switch self {
        case .tokenEmbedding: "model.embed_tokens.weight"
        case .attentionNorm(let layer): "model.layers.\(layer).input_layernorm.weight"
        case .weight(let linear, let layer): "\(linear.huggingFacePath(layer: layer)).weight"
        case .bias(let linear, let layer): "\(linear.huggingFacePath(layer: layer)).bias"
        case .queryNorm(let layer): "model.layers.\(layer).self_attn.q_norm.weight"
        case .keyNorm(let layer): "model.layers.\(layer).self_attn.k_norm.weight"
        case .feedForwardNorm(let layer):
            "model.layers.\(layer).post_attention_layernorm.weight"
        case .finalNorm: "model.norm.weight"
        case .outputHead: "lm_head.weight"
        }
    }

    /// The name in GGUF files.
    package var ggufName: String {
        switch self {
        case .tokenEmbedding: "token_embd.weight"
        case .attentionNorm(let layer): "blk.\(layer).attn_norm.weight"
        case .weight(let linear, let layer): "blk.\(layer).\(linear.ggufName).weight"
        case .bias(let linear, let layer): "blk.\(layer).\(linear.ggufName).bias"
        case .queryNorm(let layer): "blk.\(layer).attn_q_norm.weight"
        case .keyNorm(let layer): "blk.\(layer).attn_k_norm.weight"
        case .feedForwardNorm(let layer): "blk.\(layer).ffn_norm.weight"
        case .finalNorm: "output_norm.weight"
        case .outputHead: "output.weight"
        }
    }
}

extension LinearLayer {
    /// The module's own name in Hugging Face models and in PEFT's `target_modules`.
    package var huggingFaceName: String {
        switch self {
        case .query: "q_proj"
        case .key: "k_proj"
        case .value: "v_proj"
        case .attentionOutput: "o_proj"
        case .gate: "gate_proj"
        case .up: "up_proj"
        case .down: "down_proj"
        }
    }

    /// The module's path in Hugging Face models.
    package func huggingFacePath(layer: Int) -> String {
        switch self {
        case .query, .key, .value, .attentionOutput:
            "model.layers.\(layer).self_attn.\(huggingFaceName)"
        case .gate, .up, .down: "model.layers.\(layer).mlp.\(huggingFaceName)"
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
