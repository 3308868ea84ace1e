import Architectures
import Foundation
import ModelFiles
import Testing

/// Small models of several families, written as llama.cpp writes their headers.
@Suite struct PlannedGGUFTests {
    private static func tiny(_ family: Architecture.Family, heads: Int = 2) -> Architecture {
        Architecture(
            family: family, vocabularySize: 12, hiddenWidth: 8, layerCount: 3, headCount: 2,
            keyValueHeadCount: heads, headWidth: 4, feedForwardWidth: 16, contextLength: 64)
    }

    private static func with(
        _ family: Architecture.Family, heads: Int = 1, _ change: (inout Architecture) -> Void
    ) -> Architecture {
        var model = tiny(family, heads: heads)
        change(&model)
        return model
    }

    static let models: [(String, Architecture)] = [
        ("llama", tiny(.llama, heads: 1)), ("qwen2", tiny(.qwen2)), ("qwen3", tiny(.qwen3)),
        (
            "llama",
            with(.mixtral) { $0.setExperts(.init(count: 4, countPerToken: 2, width: 16)) }
        ),
        (
            "qwen2moe",
            with(.qwen2MixtureOfExperts) {
                $0.setExperts(.init(count: 4, countPerToken: 2, width: 6, sharedWidth: 10))
            }
        ),
        (
            "qwen3moe",
            with(.qwen3MixtureOfExperts) {
                $0.setExperts(.init(count: 4, countPerToken: 2, width: 6))
            }
        ),
        ("gemma2", with(.gemma2) { $0.slidingWindow = .init(length: 16, fullPeriod: 2) }),
        ("gemma3", with(.gemma3) { $0.slidingWindow = .init(length: 16, fullPeriod: 6) }),
        ("phi3", tiny(.phi3)), ("phi2", tiny(.phi)), ("olmo2", tiny(.olmo2)),
        ("falcon", tiny(.falcon, heads: 1)), ("gptneox", tiny(.gptNeoX)), ("gpt2", tiny(.gpt2)),
        ("granite", tiny(.granite)), ("starcoder2", tiny(.starcoder2)), ("bloom", tiny(.bloom)),
        ("command-r", tiny(.cohere)), ("mpt", tiny(.mpt)),
        (
            "deepseek2",
            with(.deepseekV3, heads: 2) {
                $0.headWidth = 6
                $0.latentAttention = .init(
                    queryRank: 4, keyValueRank: 4, rotaryWidth: 2, plainWidth: 4, valueWidth: 4)
                $0.setExperts(
                    .init(
                        count: 4, countPerToken: 2, width: 6, sharedWidth: 6,
                        leadingDenseLayerCount: 1))
            }
        ),
        (
            "gpt-oss",
            with(.gptOSS) {
                $0.slidingWindow = .init(length: 16, fullPeriod: 2)
                $0.setExperts(.init(count: 4, countPerToken: 2, width: 16))
            }
        ),
        (
            "llama4",
            with(.llama4) {
                $0.slidingWindow = .init(length: 16, fullPeriod: 4)
                $0.setExperts(
                    .init(count: 4, countPerToken: 1, width: 6, sharedWidth: 6, period: 3))
            }
        ),
    ]

    @Test(arguments: models.indices)
    func aHeaderGivesTheModelBack(index: Int) throws {
        let (name, model) = Self.models[index]
        let file = try Self.builder(name, model).opened()
        var planned = try Architecture.planned(file)
        // The key that is absent where whole heads are rotated.
        planned.rotary = model.rotary
        #expect(planned == model, "\(name)")
        #expect(file.tensors.reduce(0) { $0 + $1.count } == planned.parameterCount)
    }

    @Test func anUnknownArchitectureIsAnsweredWithTheNearest() throws {
        var builder = GGUFBuilder()
        builder.key("general.architecture", "gema2")
        let error = #expect(throws: ModelFileError.self) {
            try Architecture.planned(try builder.opened())
        }
        #expect(error?.description.contains("did you mean \"gemma2\"?") == true)
    }

    @Test func aMissingSizeIsNamed() throws {
        var builder = GGUFBuilder()
        builder.key("general.architecture", "gemma2")
        builder.key("gemma2.vocab_size", 12 as UInt32)
        let error = #expect(throws: ModelFileError.self) {
            try Architecture.planned(try builder.opened())
        }
        #expect(error?.description.contains("gemma2.embedding_length\": is missing") == true)
    }

    private static func builder(_ name: String, _ model: Architecture) -> GGUFBuilder {
        var builder = GGUFBuilder()
        builder.key("general.architecture", name)
        func key(_ key: String, _ value: Int?) {
            if let value { builder.key("\(name).\(key)", UInt32(value)) }
        }
        key("context_length", model.contextLength)
        key("embedding_length", model.hiddenWidth)
        key("block_count", model.layerCount)
        key("feed_forward_length", model.feedForwardWidth)
        key("attention.head_count", model.headCount)
        key("attention.head_count_kv", model.latentAttention == nil ? model.keyValueHeadCount : 1)
        key("attention.key_length", model.latentAttention == nil ? model.headWidth : 6)
        key("attention.sliding_window", model.slidingWindow?.length)
        let rms = model.norm == .rms ? "rms_" : ""
        builder.key(
            "\(name).attention.layer_norm_\(rms)epsilon", Float(model.normEpsilon))
        if let experts = model.experts {
            key("expert_count", experts.count)
            key("expert_used_count", experts.countPerToken)
            if experts.width != model.feedForwardWidth {
                key("expert_feed_forward_length", experts.width)
            }
            if experts.sharedWidth > 0, name == "qwen2moe" {
                key("expert_shared_feed_forward_length", experts.sharedWidth)
            }
            if name == "deepseek2" { key("expert_shared_count", 1) }
            if experts.leadingDenseLayerCount > 0 {
                key("leading_dense_block_count", experts.leadingDenseLayerCount)
            }
            if experts.period > 1 { key("interleave_moe_layer_step", experts.period) }
        }
        if let latent = model.latentAttention {
            key("attention.q_lora_rank", latent.queryRank)
            key("attention.kv_lora_rank", latent.keyValueRank)
            key("attention.key_length_mla", latent.plainWidth + latent.rotaryWidth)
            key("attention.value_length_mla", latent.valueWidth)
            key("rope.dimension_count", latent.rotaryWidth)
        }
        for parameter in model.parameters {
            let shape = model.shape(of: parameter).reversed().map(UInt64.init)
            let name = tensorName(parameter, in: model)
            builder.tensor(name, shape, type: 0, zeros(model.count(of: parameter) * 4))
        }
        return builder
    }

    /// `gguf-py/gguf/constants.py`, as far as these models need it.
    private static func tensorName(_ parameter: ParameterID, in model: Architecture) -> String {
        func block(_ layer: Int, _ name: String) -> String { "blk.\(layer).\(name)" }
        func feedForward(_ linear: LinearLayer) -> String {
            switch linear {
            case .gate: "ffn_gate"
            case .gateUp: "ffn_gate_up"
            case .down: "ffn_down"
            default: "ffn_up"
            }
        }
        func site(_ site: ParameterID.NormSite) -> String {
            switch site {
            case .attention: "attn_norm"
            case .feedForward: model.family == .falcon ? "attn_norm_2" : "ffn_norm"
            case .afterAttention: "post_attention_norm"
            case .afterFeedForward: "post_ffw_norm"
            case .final: "output_norm"
            case .embedding: "token_embd_norm"
            }
        }
        return switch parameter {
        case .positionEmbedding: "position_embd.weight"
        case .norm(let place, let layer):
            (layer.map { "blk.\($0)." } ?? "") + site(place) + ".weight"
        case .normBias(let place, let layer):
            (layer.map { "blk.\($0)." } ?? "") + site(place) + ".bias"
        case .attentionSinks(let layer): block(layer, "attn_sinks.weight")
        case .latentQueryNorm(let layer): block(layer, "attn_q_a_norm.weight")
        case .latentKeyValueNorm(let layer): block(layer, "attn_kv_a_norm.weight")
        case .router(let layer): block(layer, "ffn_gate_inp.weight")
        case .routerBias(let layer):
            block(layer, model.family == .gptOSS ? "ffn_gate_inp.bias" : "exp_probs_b.bias")
        case .experts(let linear, let layer): block(layer, feedForward(linear) + "_exps.weight")
        case .expertBiases(let linear, let layer): block(layer, feedForward(linear) + "_exps.bias")
        case .sharedExperts(let linear, let layer):
            block(layer, feedForward(linear) + "_shexp.weight")
        case .sharedExpertGate(let layer): block(layer, "ffn_gate_inp_shexp.weight")
        case .headBias: "output.bias"
        default: parameter.ggufName
        }
    }
}
