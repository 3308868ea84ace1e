import Architectures

extension PlannedReader {
    /// The experts, nil in a dense family.
    func experts(_ model: Architecture) throws(ModelFileError) -> Architecture.Experts? {
        guard let standard = defaults.experts else { return nil }
        let count = try int(
            "num_local_experts", "num_experts", "n_routed_experts", "moe_num_experts")
        let own = try int("moe_intermediate_size")
        let common = standard.hasOwnWidth ? standard.width : try int("intermediate_size")
        var experts = Architecture.Experts(
            count: count ?? standard.count,
            countPerToken: try int("num_experts_per_tok", "moe_k", "num_experts_per_token")
                ?? standard.countPerToken,
            width: own ?? common ?? standard.width)
        experts.sharedWidth = try sharedWidth(experts, standard)
        experts.leadingDenseLayerCount = try leadingDenseLayers(standard)
        experts.period =
            try int(
                "decoder_sparse_step", "moe_layer_freq", "interleave_moe_layer_step",
                "moe_layer_interval") ?? 1
        return experts
    }

    private func sharedWidth(
        _ experts: Architecture.Experts, _ standard: PlannedDefaults.Experts
    ) throws(ModelFileError) -> Int {
        if let width = try int(
            "shared_expert_intermediate_size", "shared_intermediate_size")
        {
            return width
        }
        if family == .llama4 { return experts.width }
        if let count = try int("n_shared_experts", "moe_num_shared_experts")
            ?? standard.sharedCount
        {
            return count * experts.width
        }
        return standard.sharedWidth ?? 0
    }

    private func leadingDenseLayers(
        _ standard: PlannedDefaults.Experts
    ) throws(ModelFileError) -> Int {
        if let count = try int("first_k_dense_replace", "moe_layer_start_index") { return count }
        if let types = try keys.strings("mlp_layer_types") {
            let dense = types.prefix { $0 == "dense" }.count
            guard types.dropFirst(dense).allSatisfy({ $0 != "dense" }) else {
                throw keys.unsupported(
                    "mlp_layer_types", "dense layers after the first mixture are not described")
            }
            return dense
        }
        if let layers = keys["mlp_only_layers"]?.array?.map(\.int), !layers.isEmpty {
            guard layers == (0 ..< layers.count).map({ $0 }) else {
                throw keys.unsupported(
                    "mlp_only_layers", "dense layers after the first mixture are not described")
            }
            return layers.count
        }
        return standard.leadingDenseLayerCount
    }

    /// Compressed queries, keys and values, nil in a family without.
    func latentAttention() throws(ModelFileError) -> Architecture.LatentAttention? {
        guard let standard = defaults.latent else { return nil }
        let isNull = keys.object["q_lora_rank"] == .null
        return Architecture.LatentAttention(
            queryRank: try int("q_lora_rank") ?? (isNull ? nil : standard.queryRank),
            keyValueRank: try int("kv_lora_rank") ?? standard.keyValueRank,
            rotaryWidth: try int("qk_rope_head_dim") ?? standard.rotaryWidth,
            plainWidth: try int("qk_nope_head_dim") ?? standard.plainWidth,
            valueWidth: try int("v_head_dim") ?? standard.valueWidth)
    }

    /// DeltaNet layers, nil in a family without.
    func deltaNet() throws(ModelFileError) -> Architecture.DeltaNet? {
        guard [.qwen3Next, .qwen35, .qwen35MixtureOfExperts].contains(family) else { return nil }
        let types = try keys.strings("layer_types") ?? []
        let stated =
            types.isEmpty
            ? try int("full_attention_interval")
            : try fullPeriod(types, "layer_types")
        let width = try int("linear_key_head_dim") ?? 128
        guard try int("linear_value_head_dim") ?? 128 == width else {
            throw keys.unsupported(
                "linear_value_head_dim", "it differs from linear_key_head_dim \(width)")
        }
        var result = Architecture.DeltaNet(
            fullAttentionPeriod: stated ?? 4, keyHeadCount: try int("linear_num_key_heads") ?? 16,
            valueHeadCount: try int("linear_num_value_heads") ?? 32, headWidth: width)
        result.convolutionWidth = try int("linear_conv_kernel_dim") ?? 4
        return result
    }
}
