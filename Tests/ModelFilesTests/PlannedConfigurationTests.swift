import Architectures
import Foundation
import ModelFiles
import Testing

private let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Fixtures/Configurations")

private let names: [String] = {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return files.filter { $0.hasSuffix(".json") }.sorted()
}()

private func planned(_ text: String) throws -> Architecture {
    try Architecture.planned(
        configuration: try JSONValue.parse(Array(text.utf8), path: "config.json"),
        path: "config.json")
}

private func golden(_ name: String) throws -> Architecture {
    let path = folder.appendingPathComponent("\(name).json").path
    let configuration = try #require(try JSONValue.read(path)["config"])
    return try Architecture.planned(configuration: configuration, path: path)
}

@Suite struct PlannedConfigurationTests {
    @Test func thereAreConfigurationsOfManyFamilies() throws {
        #expect(names.count == 77)
        let families = try names.map { try golden(String($0.dropLast(5))).family }
        #expect(Set(families).count >= 45)
    }

    /// Golden counts of Hugging Face transformers (`Tests/Golden/configurations.py`).
    @Test(arguments: names)
    func parametersAreThoseOfTransformers(name: String) throws {
        let path = folder.appendingPathComponent(name).path
        let golden = try JSONValue.read(path)
        let configuration = try #require(golden["config"])
        let model = try Architecture.planned(configuration: configuration, path: path)
        #expect(model.parameterCount == golden["parameters"]?.int)
        #expect(model.parameters.reduce(0) { $0 + model.count(of: $1) } == model.parameterCount)
    }

    /// Families whose code lies beside their checkpoints: published counts.
    @Test(arguments: [
        (
            """
            {"model_type": "qwen", "hidden_size": 4096, "num_hidden_layers": 32, "kv_channels": 128,
            "num_attention_heads": 32, "intermediate_size": 22016, "vocab_size": 151936,
            "no_bias": true, "seq_length": 8192}
            """, 7_721_324_544
        ),
        (
            """
            {"model_type": "chatglm", "hidden_size": 4096, "num_layers": 28, "kv_channels": 128,
            "num_attention_heads": 32, "ffn_hidden_size": 13696, "padded_vocab_size": 65024,
            "multi_query_attention": true, "multi_query_group_num": 2, "add_qkv_bias": true,
            "add_bias_linear": false, "seq_length": 8192}
            """, 6_243_584_000
        ),
        (
            """
            {"model_type": "baichuan", "hidden_size": 4096, "num_hidden_layers": 32,
            "num_attention_heads": 32, "intermediate_size": 11008, "vocab_size": 125696}
            """, 7_505_973_248
        ),
        (
            """
            {"model_type": "internlm2", "hidden_size": 4096, "num_hidden_layers": 32, "bias": false,
            "num_attention_heads": 32, "num_key_value_heads": 8, "intermediate_size": 14336,
            "vocab_size": 92544}
            """, 7_737_708_544
        ),
        (
            """
            {"model_type": "deepseek", "hidden_size": 2048, "num_hidden_layers": 28,
            "num_attention_heads": 16, "num_key_value_heads": 16, "intermediate_size": 10944,
            "moe_intermediate_size": 1408, "n_routed_experts": 64, "n_shared_experts": 2,
            "num_experts_per_tok": 6, "first_k_dense_replace": 1, "vocab_size": 102400}
            """, 16_375_728_128
        ),
    ])
    func publishedParameterCounts(text: String, count: Int) throws {
        #expect(try planned(text).parameterCount == count)
    }

    @Test func settingsBesideSizesAreRead() throws {
        let gemma = try golden("gemma-2-9b")
        #expect(gemma.attentionScoreCap == 50 && gemma.logitCap == 30)
        #expect(gemma.slidingWindow == .init(length: 4096, fullPeriod: 2))
        #expect(gemma.feedForward == .gated(.gelu))
        #expect(try golden("gemma-3-4b").slidingWindow == .init(length: 1024, fullPeriod: 6))
        #expect(try golden("olmo-3-7b").slidingWindow == nil)  // Its context is 2048 by default.
        #expect(try golden("llama-4-scout").slidingWindow == .init(length: 8192, fullPeriod: 4))
        #expect(try golden("mistral-7b-v0.1").slidingWindow == .init(length: 4096))
        #expect(try golden("phi-2").rotary.share == 0.4)
        #expect(try golden("gpt-j-6b").rotary.share == 0.25)
        #expect(try golden("llama-3.1-8b").rotary.theta == 500_000)
        #expect(try golden("falcon-rw-1b").positions == .linearBias)
        #expect(try golden("falcon-rw-1b").normPlacement == .before)
        #expect(try golden("falcon-11b").normPlacement == .parallelShared)
        #expect(try golden("stablelm-2-12b").normPlacement == .parallelShared)
        #expect(try golden("qwen3-next-80b-a3b").deltaNet?.fullAttentionPeriod == 4)
        #expect(try golden("gpt-oss-20b").hasAttentionSinks)
        #expect(try golden("command-r-plus").queryKeyNorm == .wholeWidth)
        #expect(try golden("deepseek-v2-lite").latentAttention?.queryRank == nil)
        #expect(try golden("deepseek-v3").experts?.leadingDenseLayerCount == 3)
        #expect(try golden("gpt2").feedForward == .plain(.writtenOutGELU))
        #expect(try golden("opt-1.3b").feedForward == .plain(.relu))
    }

    /// Both readers agree on what runs here.
    @Test(arguments: ["tiny-llama", "tiny-llama3", "tiny-qwen2", "tiny-qwen3"])
    func whatRunsIsPlannedAlike(name: String) throws {
        let file = try ModelFile.open(model(name))
        #expect(try PlannedModel.open(model(name)).architecture == file.architecture)
        #expect(file.architecture.reasonNotRunnable == nil)
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        let words: String
        let text: String
        var testDescription: String { words }
    }

    @Test(arguments: [
        Refusal(words: "did you mean \"llama\"?", text: #"{"model_type": "lama"}"#),
        Refusal(words: "model_type: is missing", text: "{}"),
        Refusal(words: "Mamba-2 layers", text: #"{"model_type": "granitemoehybrid"}"#),
        Refusal(words: "heads of several widths", text: #"{"model_type": "gemma4"}"#),
        Refusal(
            words: "an encoder and a decoder",
            text: #"{"model_type": "t5", "is_encoder_decoder": true}"#),
        Refusal(
            words: "text_config.model_type: the family \"mamba\"",
            text: #"{"model_type": "llava", "text_config": {"model_type": "mamba"}}"#),
        Refusal(
            words: "hidden_size: is a string instead of an integer",
            text: #"{"model_type": "gemma2", "hidden_size": "much"}"#),
        Refusal(
            words: "hidden_act: the activation \"sulu\" is not known; did you mean \"silu\"?",
            text: #"{"model_type": "llama", "hidden_act": "sulu"}"#),
        Refusal(
            words: "num_key_value_heads: 5 does not divide",
            text: #"{"model_type": "llama", "num_key_value_heads": 5}"#),
        Refusal(
            words: "irregular distances",
            text: """
                {"model_type": "gemma3_text",
                "layer_types": ["sliding_attention", "full_attention", "full_attention"]}
                """),
        Refusal(
            words: "word_embed_proj_dim",
            text: #"{"model_type": "opt", "word_embed_proj_dim": 512, "hidden_size": 1024}"#),
        Refusal(
            words: "max_window_layers",
            text: #"{"model_type": "qwen2", "use_sliding_window": true}"#),
        Refusal(words: "hidden_size: is missing", text: #"{"model_type": "internlm2"}"#),
        Refusal(
            words: "num_local_experts",
            text: #"{"model_type": "mixtral", "num_local_experts": 9000000000}"#),
        Refusal(
            words: "the distance of mixtures: 0 is out of range",
            text: #"{"model_type": "qwen3_moe", "decoder_sparse_step": 0}"#),
        Refusal(
            words: "full_attention_interval: 0 is out of range",
            text: #"{"model_type": "qwen3_next", "full_attention_interval": 0}"#),
        Refusal(
            words: "n_shared_experts",
            text: #"{"model_type": "deepseek_v3", "n_shared_experts": 9223372036854775807}"#),
        Refusal(
            words: "n_embd: 9223372036854775807 is out of range",
            text: #"{"model_type": "gpt2", "n_embd": 9223372036854775807}"#),
        Refusal(
            words: "the experts have more parameters",
            text: """
                {"model_type": "mixtral", "num_local_experts": 65536, "hidden_size": 1048576,
                "intermediate_size": 4194304, "num_attention_heads": 128, "num_hidden_layers": 4096}
                """),
        Refusal(
            words: "linear_value_head_dim",
            text: #"{"model_type": "qwen3_next", "linear_value_head_dim": 64}"#),
    ])
    func aConfigurationThatCannotBePlannedIsRefused(refusal: Refusal) {
        let error = #expect(throws: ModelFileError.self) { try planned(refusal.text) }
        let text = error?.description ?? ""
        #expect(text.contains(refusal.words), "\(text)")
        #expect(text.hasPrefix("config.json: "))
    }

    /// Any integer anywhere gives a model or a refusal, never a crash.
    @Test func hostileNumbersAreSurvived() throws {
        for name in names {
            let path = folder.appendingPathComponent(name).path
            guard let config = try JSONValue.read(path)["config"]?.object else { continue }
            for member in config.members where member.value.int != nil {
                for value in [0, -1, 1, 7, Int.max, Int.min, 1 << 40] {
                    var changed = config
                    changed[member.key] = .integer(value)
                    let model = try? Architecture.planned(
                        configuration: .object(changed), path: "t")
                    if let model { _ = (model.parameterCount, model.activeParameterCount) }
                }
            }
        }
    }
}
