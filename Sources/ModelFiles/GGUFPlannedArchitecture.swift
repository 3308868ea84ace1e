import Architectures
import Quantities

// Metadata keys and tensor names: ggml's `gguf-py/gguf/constants.py` (gguf 0.19) and the graphs of
// llama.cpp's `src/llama-model.cpp`.

extension Architecture {
    /// The architecture that the header of a GGUF file describes, of any family that can be planned
    /// for, whether or not it runs here.
    ///
    /// Sizes come from the metadata; biases, norms and ties from the tensors that are there.
    package static func planned(_ file: GGUFFile) throws(ModelFileError) -> Architecture {
        let reader = try GGUFPlannedReader(file)
        return try reader.architecture().checkedForPlanning(
            path: file.file.path, keys: reader.names)
    }
}

/// Reads the section of one architecture, and the table of tensors.
private struct GGUFPlannedReader {
    let file: GGUFFile
    let prefix: String
    let family: Architecture.Family
    /// Names of tensors without their block: "attn_q.bias" for "blk.0.attn_q.bias".
    private let parts: [String: StoredTensor]
    /// The first block that holds a router.
    private let firstMixture: Int

    init(_ file: GGUFFile) throws(ModelFileError) {
        self.file = file
        let place = "metadata key \"general.architecture\""
        guard let name = try file.string("general.architecture") else {
            throw .malformed(path: file.file.path, place: place, problem: "is missing")
        }
        prefix = "\(name)."
        let hasExperts = try file.int("\(name).expert_count") ?? 0 > 0
        guard let known = GGUFPlannedReader.families[name] else {
            let near = nearest(to: name, among: GGUFPlannedReader.families.keys.sorted())
            throw .unsupported(
                path: file.file.path, place: place,
                problem: "the architecture \(quoted(name)) is not known"
                    + (near.map { "; did you mean \(quoted($0))?" } ?? ""))
        }
        var parts: [String: StoredTensor] = [:]
        var first = Int.max
        for tensor in file.tensors {
            let pieces = tensor.name.split(separator: ".", maxSplits: 2)
            guard pieces.count == 3, pieces[0] == "blk", let block = Int(pieces[1]) else {
                continue
            }
            if pieces[2].hasPrefix("ffn_gate_inp") { first = min(first, block) }
            if parts[String(pieces[2])] == nil { parts[String(pieces[2])] = tensor }
        }
        self.parts = parts
        firstMixture = first == .max ? 0 : first
        switch known {
        case .llama where hasExperts: family = .mixtral
        case .deepseekV2 where parts["exp_probs_b.bias"] != nil: family = .deepseekV3
        case .granitemoe where parts["ffn_gate_shexp.weight"] != nil: family = .granitemoeshared
        default: family = known
        }
    }

    private static let families: [String: Architecture.Family] = [
        "llama": .llama, "llama4": .llama4, "mistral3": .mistral, "qwen": .qwen, "qwen2": .qwen2,
        "qwen2vl": .qwen2, "qwen2moe": .qwen2MixtureOfExperts, "qwen3": .qwen3,
        "qwen3vl": .qwen3, "qwen3moe": .qwen3MixtureOfExperts,
        "qwen3vlmoe": .qwen3MixtureOfExperts, "qwen3next": .qwen3Next, "qwen35": .qwen35,
        "qwen35moe": .qwen35MixtureOfExperts, "gemma": .gemma, "gemma2": .gemma2,
        "gemma3": .gemma3, "phi2": .phi, "phi3": .phi3, "phimoe": .phimoe,
        "deepseek": .deepseek, "deepseek2": .deepseekV2, "gpt-oss": .gptOSS, "olmo": .olmo,
        "olmo2": .olmo2, "olmoe": .olmoe, "falcon": .falcon, "gptneox": .gptNeoX,
        "gpt2": .gpt2, "gptj": .gptj, "starcoder": .gptBigCode, "starcoder2": .starcoder2,
        "bloom": .bloom, "mpt": .mpt, "granite": .granite, "granitemoe": .granitemoe,
        "command-r": .cohere, "cohere2": .cohere2, "stablelm": .stablelm, "smollm3": .smollm3,
        "chatglm": .chatglm, "glm4": .glm4, "glm4moe": .glm4MixtureOfExperts,
        "internlm2": .internlm2, "baichuan": .baichuan, "minicpm": .minicpm,
        "nemotron": .nemotron, "ernie4_5": .ernie45, "ernie4_5-moe": .ernie45MixtureOfExperts,
        "seed_oss": .seedOSS, "hunyuan-dense": .hunYuan, "grok": .grok,
    ]

    /// An integer small enough for sums and products of two until every size is checked.
    private func int(_ key: String) throws(ModelFileError) -> Int? {
        guard let value = try file.int(prefix + key) else { return nil }
        guard (0 ... 1 << 30).contains(value) else {
            throw .malformed(
                path: file.file.path, place: place(key),
                problem: "\(value) is out of range; 0 to \(1 << 30) are possible")
        }
        return value
    }

    private func required(_ key: String) throws(ModelFileError) -> Int {
        guard let value = try int(key) else {
            throw .malformed(path: file.file.path, place: place(key), problem: "is missing")
        }
        return value
    }

    private func place(_ key: String) -> String { "metadata key \(quoted(prefix + key))" }

    var names: ArchitectureKeys {
        ArchitectureKeys(
            vocabularySize: place("vocab_size"), hiddenWidth: place("embedding_length"),
            layerCount: place("block_count"), headCount: place("attention.head_count"),
            keyValueHeadCount: place("attention.head_count_kv"),
            headWidth: place("attention.key_length"),
            feedForwardWidth: place("feed_forward_length"),
            contextLength: place("context_length"),
            normEpsilon: place("attention.layer_norm_rms_epsilon"),
            theta: place("rope.freq_base"), scaling: place("rope.scaling.factor"))
    }

    func architecture() throws(ModelFileError) -> Architecture {
        let embedding = file.tensor(.tokenEmbedding)
        let stated = try int("vocab_size")
        guard let vocabulary = stated ?? embedding?.shape.first else {
            throw .malformed(
                path: file.file.path, place: ParameterID.tokenEmbedding.ggufName,
                problem: "the matrix of token embeddings is missing")
        }
        let hidden = try required("embedding_length")
        let heads = try required("attention.head_count")
        let latent = try latentAttention()
        let width = try int("attention.key_length") ?? hidden / max(heads, 1)
        let feedForward = try int("feed_forward_length")
        let expert = try int("expert_feed_forward_length")
        guard let feedForward = feedForward ?? expert else {
            throw .malformed(
                path: file.file.path, place: place("feed_forward_length"), problem: "is missing")
        }
        var model = Architecture(
            family: family, vocabularySize: vocabulary, hiddenWidth: hidden,
            layerCount: try required("block_count"), headCount: heads,
            keyValueHeadCount: try int("attention.head_count_kv") ?? heads,
            headWidth: latent.map { $0.plainWidth + $0.rotaryWidth } ?? width,
            // Qwen's own files state both halves together (`llama-model.cpp`, LLM_ARCH_QWEN).
            feedForwardWidth: family == .qwen ? feedForward / 2 : feedForward,
            contextLength: try required("context_length"),
            tiesEmbeddings: file.tensor(.outputHead) == nil)
        model.latentAttention = latent
        if latent != nil { model.keyValueHeadCount = heads }
        model.deltaNet = try deltaNet()
        let epsilon = try file.double("\(prefix)attention.layer_norm_rms_epsilon")
        let other = try file.double("\(prefix)attention.layer_norm_epsilon")
        if let epsilon = epsilon ?? other {
            model.normEpsilon = Double("\(Float(epsilon))") ?? epsilon
        }
        if let theta = try file.double("\(prefix)rope.freq_base") {
            model.rotary.theta = Double("\(Float(theta))") ?? theta
        }
        if let rotated = try int("rope.dimension_count"), latent == nil, model.headWidth > 0 {
            model.rotary.share = Double(rotated) / Double(model.headWidth)
        }
        readTensors(&model)
        if let window = try int("attention.sliding_window"), window > 0,
            window < model.contextLength
        {
            model.slidingWindow = .init(length: window, fullPeriod: family.traits.windowPeriod)
        }
        if let experts = try experts(feedForward) { model.setExperts(experts) }
        return model
    }

    private func has(_ name: String) -> Bool { parts[name] != nil }

    /// What the table of tensors says.
    private func readTensors(_ model: inout Architecture) {
        guard !parts.isEmpty else { return }
        model.fusesQueryKeyValue = has("attn_qkv.weight") && model.deltaNet == nil
        var biases: FamilyTraits.Biases = []
        if has("attn_q.bias") || has("attn_qkv.bias") { biases.insert(.attentionInputs) }
        if has("attn_output.bias") { biases.insert(.attentionOutput) }
        if has("ffn_up.bias") || has("ffn_down.bias") { biases.insert(.feedForward) }
        model.setBiases(biases)
        model.hasHeadBias = file.tensor(named: "output.bias") != nil
        if model.norm == .layer || model.norm == .layerWithoutBias {
            let hasShift = has("attn_norm.bias") || file.tensor(named: "output_norm.bias") != nil
            model.norm = hasShift ? .layer : .layerWithoutBias
        }
        switch family {
        case .falcon: model.normPlacement = has("attn_norm_2.weight") ? .parallel : .parallelShared
        case .stablelm: model.normPlacement = has("ffn_norm.weight") ? .before : .parallelShared
        default: break
        }
        if let norm = parts["attn_q_norm.weight"], model.latentAttention == nil {
            model.queryKeyNorm = norm.count == model.headWidth ? .eachHead : .wholeWidth
        } else if model.queryKeyNorm != .withoutScale {
            model.queryKeyNorm = .none
        }
    }

    private func experts(_ feedForward: Int) throws(ModelFileError) -> Architecture.Experts? {
        guard let count = try int("expert_count"), count > 0 else { return nil }
        let width = try int("expert_feed_forward_length") ?? feedForward
        let stated = try int("expert_shared_feed_forward_length")
        let shared = try int("expert_shared_count") ?? (family == .llama4 ? 1 : 0)
        let leading = try int("leading_dense_block_count")
        let step = try int("interleave_moe_layer_step")
        return Architecture.Experts(
            count: count, countPerToken: try required("expert_used_count"), width: width,
            sharedWidth: stated ?? shared * width,
            leadingDenseLayerCount: leading ?? (step ?? 1 > 1 ? 0 : firstMixture),
            period: step ?? 1)
    }

    private func latentAttention() throws(ModelFileError) -> Architecture.LatentAttention? {
        guard let rank = try int("attention.kv_lora_rank") else { return nil }
        let rotated = try required("rope.dimension_count")
        // Newer files state the widths of compressed keys under the plain names.
        let keys = try int("attention.key_length_mla")
        let values = try int("attention.value_length_mla")
        let head = keys == nil ? try required("attention.key_length") : keys ?? 0
        let value = values == nil ? try required("attention.value_length") : values ?? 0
        return Architecture.LatentAttention(
            queryRank: try int("attention.q_lora_rank"), keyValueRank: rank, rotaryWidth: rotated,
            plainWidth: head - rotated,
            valueWidth: value)
    }

    private func deltaNet() throws(ModelFileError) -> Architecture.DeltaNet? {
        guard let width = try int("ssm.state_size") else { return nil }
        var result = Architecture.DeltaNet(
            fullAttentionPeriod: try int("full_attention_interval") ?? 4,
            keyHeadCount: try required("ssm.group_count"),
            valueHeadCount: try required("ssm.time_step_rank"), headWidth: width)
        result.convolutionWidth = try int("ssm.conv_kernel") ?? 4
        return result
    }
}
