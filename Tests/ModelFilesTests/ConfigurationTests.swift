import Architectures
import Foundation
import ModelFiles
import Testing

@Suite struct ConfigurationTests {
    static func base(_ family: String) -> JSONObject {
        [
            "model_type": .string(family), "vocab_size": .integer(320),
            "hidden_size": .integer(64), "num_hidden_layers": .integer(2),
            "num_attention_heads": .integer(4), "intermediate_size": .integer(112),
            "max_position_embeddings": .integer(2048),
        ]
    }

    static func read(_ family: String, _ changes: String) throws -> Architecture {
        var object = base(family)
        let change = try JSONValue.parse(Array("{\(changes)}".utf8), path: "changes")
        for member in change.object?.members ?? [] { object[member.key] = member.value }
        return try Architecture(configuration: .object(object), path: "config.json")
    }

    /// Absent keys mean what the classes of transformers say.
    @Test func takesTheDefaultsOfEachFamily() throws {
        let llama = try Self.read("llama", "")
        #expect(llama.keyValueHeadCount == 4 && llama.headWidth == 16 && !llama.tiesEmbeddings)
        #expect(llama.normEpsilon == 1e-6 && llama.rotary == .init(theta: 10_000))
        #expect(try Self.read("smollm", "").family == .llama)
        let mistral = try Self.read("mistral", #""num_attention_heads": 16"#)
        #expect(mistral.keyValueHeadCount == 8)
        let qwen2 = try Self.read("qwen2", #""num_key_value_heads": null"#)
        #expect(qwen2.keyValueHeadCount == 4 && qwen2.hasQueryKeyValueBias)
        let qwen3 = try Self.read("qwen3", #""num_key_value_heads": 2"#)
        #expect(qwen3.headWidth == 128 && qwen3.normalizesQueriesAndKeys)
        #expect(!qwen3.hasQueryKeyValueBias)
    }

    static let rotaries: [(changes: String, rotary: Architecture.Rotary)] = [
        (#""rope_theta": 5e5, "rope_scaling": null"#, .init(theta: 500_000)),
        (#""rope_parameters": {"rope_type": "default", "rope_theta": 7}"#, .init(theta: 7)),
        (#""rope_theta": 9, "rope_parameters": {}"#, .init(theta: 9)),
        (
            #""rope_scaling": {"type": "linear", "factor": 2}"#,
            .init(theta: 10_000, scaling: .linear(factor: 2))
        ),
        (
            #""rope_parameters": {"rope_type": "llama3", "rope_theta": 8, "factor": 32,"#
                + #" "low_freq_factor": 1, "high_freq_factor": 4}"#,
            .init(
                theta: 8,
                scaling: .llama3(
                    factor: 32, lowFrequencyFactor: 1, highFrequencyFactor: 4,
                    originalContextLength: 2048))
        ),
    ]

    @Test(arguments: rotaries)
    func readsRotarySettings(_ example: (changes: String, rotary: Architecture.Rotary)) throws {
        #expect(try Self.read("llama", example.changes).rotary == example.rotary)
    }

    static let accepted: [(family: String, changes: String)] = [
        ("mistral", #""num_key_value_heads": 2, "sliding_window": null"#),
        ("mistral", #""num_key_value_heads": 2, "sliding_window": 2048"#),
        ("qwen2", #""num_key_value_heads": 2, "sliding_window": 64, "use_sliding_window": false"#),
        (
            "qwen2",
            #""num_key_value_heads": 2, "sliding_window": 64, "use_sliding_window": true,"#
                + #" "max_window_layers": 2"#
        ),
        ("llama", #""layer_types": ["full_attention", "full_attention"]"#),
        ("llama", #""rope_interleaved": false, "is_llama_config": true, "pretraining_tp": 1"#),
        ("llama", #""quantization_config": null, "attention_bias": false"#),
    ]

    @Test(arguments: accepted) func accepts(_ example: (family: String, changes: String)) throws {
        _ = try Self.read(example.family, example.changes)
    }

    static let wrong: [(family: String, changes: String, words: String)] = [
        ("lama", "", "the family \"lama\" does not run here; llama, mistral, qwen2, qwen3 do"),
        ("lama", "", "did you mean \"llama\"?"),
        ("llama", #""hidden_size": null, "hiden_size": 64"#, "is \"hiden_size\" misspelt?"),
        ("llama", #""hidden_size": "64""#, "hidden_size: is a string instead of an integer"),
        ("llama", #""hidden_size": 64.5"#, "hidden_size: is a number instead of an integer"),
        ("llama", #""hidden_size": 1e18"#, "hidden_size: 1000000000000000000 is out of range"),
        ("llama", #""num_hidden_layers": 1000000000"#, "num_hidden_layers: 1000000000 is out"),
        ("llama", #""num_attention_heads": 0"#, "num_attention_heads: 0 is out of range"),
        ("llama", #""vocab_size": -1"#, "vocab_size: -1 is out of range"),
        ("llama", #""num_key_value_heads": 3"#, "3 does not divide the 4 query heads"),
        ("llama", #""head_dim": 15"#, "head_dim: 15 is odd"),
        ("llama", #""rms_norm_eps": 0"#, "rms_norm_eps: 0.0 is not between 0 and 1"),
        ("llama", #""rope_theta": 0"#, "rope_theta: 0.0 is not above 1"),
        ("llama", #""rms_norm_esp": 1e-5"#, "did you mean \"rms_norm_eps\"?"),
        ("llama", #""hidden_act": "gelu""#, "the activation \"gelu\" does not run here"),
        ("llama", #""attention_bias": true"#, "biases do not run here in the family llama"),
        ("llama", #""mlp_bias": true"#, "mlp_bias: biases do not run here"),
        ("qwen3", #""num_key_value_heads": 2, "attention_bias": true"#, "biases do not run"),
        ("llama", #""rope_interleaved": true"#, "rope_interleaved: only"),
        ("llama", #""attention_dropout": 0.1"#, "0.1 is asked for"),
        ("llama", #""quantization_config": {"quant_method": "gptq"}"#, "quantised by \"gptq\""),
        ("llama", #""num_local_experts": 8"#, "num_local_experts: the setting does not run"),
        ("llama", #""partial_rotary_factor": 0.5"#, "only whole heads are rotated"),
        (
            "llama", #""rope_scaling": {"rope_type": "lama3", "factor": 8}"#,
            "rope_scaling.rope_type: the scaling \"lama3\" does not run here; "
                + "default, linear, llama3 do; did you mean \"llama3\"?"
        ),
        ("llama", #""rope_scaling": {"type": "yarn", "factor": 8}"#, "rope_scaling.type"),
        ("llama", #""rope_scaling": {"type": "linear"}"#, "rope_scaling.factor: is missing"),
        ("llama", #""rope_scaling": {"type": "linear", "factor": 0}"#, "below 1"),
        ("llama", #""rope_scaling": [1]"#, "rope_scaling."),
        (
            "llama", #""rope_parameters": {"full_attention": {"rope_type": "default"}}"#,
            "settings by layer type do not run here"
        ),
        ("mistral", #""sliding_window": 512"#, "a window of 512 tokens does not run here"),
        ("mistral", #""max_position_embeddings": 8192"#, "a window of 4096 tokens"),
        (
            "qwen2", #""use_sliding_window": true, "sliding_window": 64, "max_window_layers": 1"#,
            "a window of 64 tokens"
        ),
        (
            "qwen3",
            #""layer_types": ["full_attention", "sliding_attention"], "sliding_window": 64"#,
            "a window of 64 tokens"
        ),
        ("qwen3", #""layer_types": ["linear_attention"]"#, "\"linear_attention\" does not run"),
    ]

    @Test(arguments: wrong)
    func refuses(_ wrong: (family: String, changes: String, words: String)) throws {
        let error = try #require(throws: ModelFileError.self) {
            try Self.read(wrong.family, wrong.changes)
        }
        #expect("\(error)".contains(wrong.words), "\(error)")
        #expect("\(error)".hasPrefix("config.json: "))
    }

    @Test(arguments: Architecture.Family.runnable)
    func writesWhatItReads(_ family: Architecture.Family) throws {
        for scaling in [
            Architecture.Rotary.Scaling.none, .linear(factor: 4),
            .llama3(
                factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4,
                originalContextLength: 8192),
        ] {
            let architecture = Architecture(
                family: family, vocabularySize: 100, hiddenWidth: 32, layerCount: 3, headCount: 4,
                keyValueHeadCount: 2, headWidth: 10, feedForwardWidth: 7, normEpsilon: 1e-5,
                tiesEmbeddings: true, hasQueryKeyValueBias: family == .qwen2,
                normalizesQueriesAndKeys: family == .qwen3,
                rotary: .init(theta: 1e6, scaling: scaling), contextLength: 16_384)
            let text = architecture.configuration(storedAs: .bf16).fileText
            let json = try JSONValue.parse(Array(text.utf8), path: "config.json")
            #expect(try Architecture(configuration: json, path: "config.json") == architecture)
        }
    }
}
