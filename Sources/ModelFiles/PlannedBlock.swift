import Architectures

extension PlannedReader {
    /// Norms, their placement, and positions, where a family's members differ.
    func readBlock(_ model: inout Architecture) throws(ModelFileError) {
        switch family {
        case .falcon:
            let isNew = try keys.bool("new_decoder_architecture") ?? false
            let norms = try keys.int("num_ln_in_parallel_attn") ?? (isNew ? 2 : 1)
            let isParallel = try keys.bool("parallel_attn") ?? true
            if isNew {
                model.normPlacement = norms == 2 ? .parallel : .parallelShared
            } else {
                model.normPlacement = isParallel ? .parallelShared : .before
            }
            if try keys.bool("alibi") == true { model.positions = .linearBias }
        case .gptNeoX:
            if try keys.bool("use_parallel_residual") == false { model.normPlacement = .before }
        case .stablelm:
            if try keys.bool("use_parallel_residual") == true {
                model.normPlacement = .parallelShared
            }
        case .phi:
            if try keys.bool("qk_layernorm") == true {
                throw keys.unsupported(
                    "qk_layernorm", "normalised queries are not described in Phi")
            }
        case .mpt:
            if let attention = keys["attn_config"]?["alibi"], attention.bool == false {
                model.positions = .learned
            }
        case .opt:
            let width = try keys.int("word_embed_proj_dim") ?? model.hiddenWidth
            if width != model.hiddenWidth {
                throw keys.unsupported(
                    "word_embed_proj_dim",
                    "embeddings of another width than hidden_size are not described")
            }
            if try keys.bool("do_layer_norm_before") == false {
                throw keys.unsupported(
                    "do_layer_norm_before", "norms after the residual sum are not described")
            }
        case .baichuan:
            // The 13B model has ALiBi, the 7B one rotates (`modeling_baichuan.py` of each).
            if model.headCount == 40 { model.positions = .linearBias }
        default: break
        }
    }

    /// Which linear layers have biases.
    func readBiases(_ model: inout Architecture) throws(ModelFileError) {
        var places = family.traits.biases
        func set(_ part: FamilyTraits.Biases, _ value: Bool?) {
            guard let value else { return }
            if value { places.formUnion(part) } else { places.subtract(part) }
        }
        if [.glm4MixtureOfExperts, .phimoe].contains(family) { places = [] }
        set(.block, try bool("use_bias", "enable_bias", "add_bias_linear"))
        let hasOutput = ![.glm, .glm4, .glm4MixtureOfExperts, .seedOSS].contains(family)
        set(
            hasOutput ? [.attentionInputs, .attentionOutput] : .attentionInputs,
            try bool("attention_bias"))
        set(.attentionInputs, try bool("qkv_bias", "use_qkv_bias", "add_qkv_bias"))
        set(.attentionOutput, try bool("attention_out_bias"))
        set(.feedForward, try bool("mlp_bias"))
        switch family {
        case .falcon: set(.block, try bool("bias"))
        case .internlm, .internlm2:
            set([.attentionInputs, .attentionOutput], try bool("bias"))
        case .mpt, .qwen: set(.block, try bool("no_bias").map { !$0 } ?? nil)
        default: break
        }
        if family == .qwen { places.insert(.attentionInputs) }
        set(.head, try bool("lm_head_bias"))
        model.setBiases(places)
        if family == .mpt, places.contains(.feedForward) { model.norm = .layer }
        if model.latentAttention != nil {
            let hasBias = places.contains(.attentionInputs)
            model.biases.subtract([.query, .key, .value])
            if hasBias {
                model.biases.insert(.keyValueDown)
                if model.latentAttention?.queryRank != nil { model.biases.insert(.queryDown) }
            }
        }
    }

    /// Whether queries and keys are normalised, where a key says so.
    func readQueryKeyNorm(_ model: inout Architecture) throws(ModelFileError) {
        switch family {
        case .cohere: if try bool("use_qk_norm") == true { model.queryKeyNorm = .wholeWidth }
        case .stablelm: if try bool("qk_layernorm") == true { model.queryKeyNorm = .wholeWidth }
        case .glm4MixtureOfExperts:
            if try bool("use_qk_norm") == true { model.queryKeyNorm = .eachHead }
        case .llama4: if try bool("use_qk_norm") == false { model.queryKeyNorm = .none }
        default: break
        }
    }

    /// How far layers look back.
    func readWindow(_ model: inout Architecture) throws(ModelFileError) {
        let types = try keys.strings("layer_types") ?? []
        let traits = family.traits
        var period = traits.windowPeriod
        if types.contains("sliding_attention") || types.contains("chunked_attention") {
            period = try fullPeriod(types, "layer_types")
        } else if types.contains("full_attention") {
            return
        } else if let pattern = try int("sliding_window_pattern", "_sliding_window_pattern") {
            period = pattern
        }
        let isNull = keys.object["sliding_window"] == .null
        let stated = try int("sliding_window", "attention_chunk_size")
        var length: Int?
        switch family {
        case .mistral: length = stated ?? (isNull ? nil : 4096)
        case .mixtral, .phi3, .phimoe, .starcoder2: length = stated
        case .qwen2, .qwen2MixtureOfExperts, .qwen3, .qwen3MixtureOfExperts, .smollm3:
            guard try bool("use_sliding_window") == true else { return }
            // The first `max_window_layers` layers see everything, the others a window.
            let first = try keys.int("max_window_layers") ?? 28
            if types.isEmpty, first >= model.layerCount { return }
            if types.isEmpty, first > 0 {
                throw keys.unsupported(
                    "max_window_layers",
                    "layers that see everything before layers that do not are not described")
            }
            length = stated ?? 4096
        case .gemma2, .gemma3, .gptOSS, .olmo3, .cohere2, .llama4:
            length = stated ?? (isNull ? nil : family == .gemma3 ? 4096 : traits.windowLength)
        default: return
        }
        guard let length, length < model.contextLength else { return }
        model.slidingWindow = .init(length: length, fullPeriod: period)
    }

    /// Every how many layers one attends fully; nil when none does.
    func fullPeriod(_ types: [String], _ key: String) throws(ModelFileError) -> Int? {
        guard let first = types.firstIndex(of: "full_attention") else { return nil }
        let period = first + 1
        let isRegular = types.indices.allSatisfy {
            (types[$0] == "full_attention") == (($0 + 1) % period == 0)
        }
        guard isRegular else {
            throw keys.unsupported(
                key, "layers that attend fully at irregular distances are not described")
        }
        return period
    }

    /// The rotary settings; stretches other than Llama's leave every shape as it is.
    func rotary(_ model: Architecture) throws(ModelFileError) -> Architecture.Rotary {
        var result = model.rotary
        if let theta = try keys.double("rope_theta") { result.theta = theta }
        for key in ["partial_rotary_factor", "rotary_pct", "rope_pct", "rotary_emb_fraction"] {
            if let share = try keys.double(key) { result.share = share }
        }
        if let width = try keys.int("rotary_dim"), model.headWidth > 0 {
            result.share = Double(width) / Double(model.headWidth)
        }
        for key in ["rope_scaling", "rope_parameters"] {
            guard var settings = keys[key], settings.object != nil else { continue }
            settings = settings["full_attention"] ?? settings
            let inner = try ConfigurationReader(settings, path: keys.path, prefix: "\(key).")
            if let theta = try inner.double("rope_theta") { result.theta = theta }
            if let share = try inner.double("partial_rotary_factor") { result.share = share }
            let legacyType = try inner.string("type")
            let type = try inner.string("rope_type") ?? legacyType
            guard let factor = try inner.double("factor") else { continue }
            if type == "linear" { result.scaling = .linear(factor: factor) }
            if type == "llama3" {
                result.scaling = .llama3(
                    factor: factor,
                    lowFrequencyFactor: try inner.double("low_freq_factor") ?? 1,
                    highFrequencyFactor: try inner.double("high_freq_factor") ?? 4,
                    originalContextLength: try inner.int("original_max_position_embeddings")
                        ?? model.contextLength)
            }
        }
        return result
    }
}
