import Architectures

extension Architecture {
    /// Refuses sizes that contradict each other or that no real model has, in every part.
    func checkedForPlanning(
        path: String, keys: ArchitectureKeys = .configuration
    ) throws(ModelFileError) -> Architecture {
        func require(
            _ place: String, _ value: Int, in range: ClosedRange<Int>
        ) throws(ModelFileError) {
            guard range.contains(value) else {
                throw .malformed(
                    path: path, place: place,
                    problem: "\(value) is out of range; \(range.lowerBound) to "
                        + "\(range.upperBound) are possible")
            }
        }
        _ = try checked(path: path, keys: keys)
        let width = 1 ... 1 << 22
        if let experts {
            try require("the number of experts", experts.count, in: 1 ... 1 << 16)
            try require("the experts of a token", experts.countPerToken, in: 1 ... experts.count)
            try require("the width of an expert", experts.width, in: width)
            try require("the width of the shared experts", experts.sharedWidth, in: 0 ... 1 << 22)
            try require(
                "the number of dense layers", experts.leadingDenseLayerCount, in: 0 ... layerCount)
            try require("the distance of mixtures", experts.period, in: 1 ... layerCount)
            let size = [layerCount, experts.count, experts.width, hiddenWidth]
            guard size.reduce(1.0, { $0 * Double($1) }) < 0x1p55 else {
                throw .malformed(
                    path: path, place: "the number of experts",
                    problem: "the experts have more parameters than any model")
            }
        }
        if let latentAttention {
            for (place, value) in [
                ("q_lora_rank", latentAttention.queryRank ?? 1),
                ("kv_lora_rank", latentAttention.keyValueRank),
                ("qk_rope_head_dim", latentAttention.rotaryWidth),
                ("qk_nope_head_dim", latentAttention.plainWidth),
                ("v_head_dim", latentAttention.valueWidth),
            ] {
                try require(place, value, in: 1 ... 1 << 16)
            }
        }
        if let deltaNet {
            let heads = 1 ... 1 << 14
            try require("full_attention_interval", deltaNet.fullAttentionPeriod, in: 1 ... 4096)
            try require("linear_num_key_heads", deltaNet.keyHeadCount, in: heads)
            try require("linear_num_value_heads", deltaNet.valueHeadCount, in: heads)
            try require("linear_key_head_dim", deltaNet.headWidth, in: heads)
            try require("linear_conv_kernel_dim", deltaNet.convolutionWidth, in: 1 ... 4096)
        }
        if let slidingWindow {
            try require("sliding_window", slidingWindow.length, in: 1 ... 1 << 30)
            try require("sliding_window_pattern", slidingWindow.fullPeriod ?? 1, in: 1 ... 4096)
        }
        return self
    }
}
