import Architectures
import Quantities

// `config.json` of every family that can be planned for. Keys, their other spellings and what an
// absent key means: `configuration_*.py` of Hugging Face transformers 5.24, and the configuration
// files beside the checkpoints of Qwen, ChatGLM, Baichuan, InternLM, MiniCPM and DeepSeek-MoE.

extension Architecture {
    /// The architecture that a `config.json` describes, of any family that can be planned for,
    /// whether or not it runs here.
    ///
    /// Of models that also see or hear, the text stack. Settings without effect on shapes are not
    /// looked at; what changes shapes and is not known is refused.
    package static func planned(
        configuration: JSONValue, path: String
    ) throws(ModelFileError) -> Architecture {
        let outer = try ConfigurationReader(configuration, path: path)
        let type = try outer.requiredString("model_type")
        var keys = outer
        var family = PlannedFamily.names[type]
        if let text = outer["text_config"] ?? outer["llm_config"] {
            let name = outer["text_config"] == nil ? "llm_config" : "text_config"
            keys = try ConfigurationReader(text, path: path, prefix: "\(name).")
            let inner = try keys.string("model_type")
            family = inner.flatMap { PlannedFamily.names[$0] } ?? family
            if let inner, PlannedFamily.names[inner] == nil {
                throw PlannedFamily.refusal(of: inner, keys)
            }
        }
        guard let family else { throw PlannedFamily.refusal(of: type, outer) }
        let reader = PlannedReader(keys, outer: outer, family: family)
        return try reader.architecture().checkedForPlanning(path: path)
    }
}

/// The names of families in `config.json`.
enum PlannedFamily {
    /// By `model_type`; those of composite models name the family of their text stack.
    static let names: [String: Architecture.Family] = {
        var result = Dictionary(
            uniqueKeysWithValues: Architecture.Family.allCases
                .filter { $0 != .megatronGPT && $0 != .grok }.map { ($0.rawValue, $0) })
        let others: [String: Architecture.Family] = [
            "smollm": .llama, "ministral": .mistral, "ministral3": .mistral, "mistral3": .mistral,
            "codegemma": .gemma, "code_llama": .llama, "yi": .llama, "Yi": .llama,
            "gemma3": .gemma3, "llama4": .llama4, "qwen3_5": .qwen35,
            "qwen3_5_moe": .qwen35MixtureOfExperts, "qwen2_vl": .qwen2, "qwen2_vl_text": .qwen2,
            "qwen2_5_vl": .qwen2, "qwen2_5_vl_text": .qwen2, "qwen3_vl": .qwen3,
            "qwen3_vl_text": .qwen3, "qwen3_vl_moe": .qwen3MixtureOfExperts,
            "qwen3_vl_moe_text": .qwen3MixtureOfExperts, "llava": .llama, "llava_next": .llama,
            "kimi_k2": .deepseekV3, "RefinedWeb": .falcon, "RefinedWebModel": .falcon,
            "phi-msft": .phi, "glm4v_text": .glm4, "xverse": .llama,
        ]
        result.merge(others) { own, _ in own }
        return result
    }()

    /// Why a `model_type` cannot be planned for.
    static func refusal(of type: String, _ keys: ConfigurationReader) -> ModelFileError {
        if keys["is_encoder_decoder"]?.bool == true {
            return keys.unsupported(
                "is_encoder_decoder", "models with an encoder and a decoder are not described here")
        }
        let reasons = [
            "mamba": "state-space layers", "jamba": "Mamba layers", "bamba": "Mamba-2 layers",
            "zamba": "Mamba layers", "granitemoehybrid": "Mamba-2 layers",
            "nemotron_h": "Mamba-2 layers", "falcon_h1": "Mamba-2 layers",
            "gemma3n": "embeddings for each layer", "gemma4": "heads of several widths",
            "deepseek_v4": "compressed attention", "lfm2": "gated convolutions",
            "rwkv": "recurrent layers", "mllama": "cross attention to images",
            "nanochat": "value embeddings",
        ]
        if let part = reasons.first(where: { type.hasPrefix($0.key) })?.value {
            return keys.unsupported(
                "model_type", "the family \(quoted(type)) has \(part), which are not described here"
            )
        }
        let near = nearest(to: type, among: names.keys.sorted())
        return keys.unsupported(
            "model_type",
            "the family \(quoted(type)) is not known"
                + (near.map { "; did you mean \(quoted($0))?" } ?? ""))
    }
}
