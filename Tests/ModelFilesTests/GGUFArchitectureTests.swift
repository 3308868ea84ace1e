import Architectures
import Foundation
import ModelFiles
import Testing

@Suite struct GGUFArchitectureTests {
    /// The metadata and embedding of a llama of two heads of 16.
    static func builder() -> GGUFBuilder {
        var builder = GGUFBuilder()
        builder.key("general.architecture", "llama")
        builder.key("llama.context_length", 131_072 as UInt32)
        builder.key("llama.embedding_length", 32 as UInt32)
        builder.key("llama.block_count", 1 as UInt32)
        builder.key("llama.feed_forward_length", 8 as UInt32)
        builder.key("llama.attention.head_count", 2 as UInt32)
        builder.key("llama.attention.layer_norm_rms_epsilon", 1e-5 as Float)
        builder.key("llama.rope.freq_base", 500_000 as Float)
        builder.tensor("token_embd.weight", [32, 3], type: 0, zeros(3 * 32 * 4))
        return builder
    }

    /// Frequencies of Llama 3.1 with heads of 16, by transformers 5: default ÷ "llama3" in single
    /// precision, θ 500000, factor 8, original context 8192.
    static let divisors: [Float] = [1, 1, 1, 1, 2.694_530_2, 8, 8, 8]

    @Test func readsMetadata() throws {
        let architecture = try Architecture(Self.builder().opened())
        #expect(
            architecture
                == Architecture(
                    family: .llama, vocabularySize: 3, hiddenWidth: 32, layerCount: 1,
                    headCount: 2, keyValueHeadCount: 2, headWidth: 16, feedForwardWidth: 8,
                    normEpsilon: 1e-5, tiesEmbeddings: true, hasQueryKeyValueBias: false,
                    normalizesQueriesAndKeys: false, rotary: .init(theta: 500_000),
                    contextLength: 131_072))
    }

    @Test func recoversTheStretchOfLlama3() throws {
        var builder = Self.builder()
        builder.tensor(
            "rope_freqs.weight", [8], type: 0, Self.divisors.flatMap { bytes($0.bitPattern) })
        #expect(
            try Architecture(builder.opened()).rotary.scaling
                == .llama3(
                    factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4,
                    originalContextLength: 8192))
    }

    @Test func readsALinearStretch() throws {
        var builder = Self.builder()
        builder.key("llama.rope.scaling.type", "linear")
        builder.key("llama.rope.scaling.factor", 2.5 as Float)
        #expect(try Architecture(builder.opened()).rotary.scaling == .linear(factor: 2.5))
    }

    /// A file that is wrong in one way, and words its refusal must contain.
    struct Wrong: Sendable, CustomTestStringConvertible {
        let words: String
        let make: @Sendable (inout GGUFBuilder) -> Void
        var testDescription: String { words }
    }

    static let wrong: [Wrong] = [
        Wrong(words: "\"general.architecture\": is missing") { $0.keys.remove(at: 0) },
        Wrong(words: "\"lama\" does not run here; llama, qwen2 and qwen3 do; did you mean") {
            $0.keys.remove(at: 0)
            $0.key("general.architecture", "lama")
        },
        Wrong(words: "\"llama.context_length\": is missing") { $0.keys.remove(at: 1) },
        Wrong(words: "\"llama.embedding_length\": is a string instead of an integer") {
            $0.keys.remove(at: 2)
            $0.key("llama.embedding_length", "32")
        },
        Wrong(words: "\"llama.block_count\": 4294967295 is out of range") {
            $0.keys.remove(at: 3)
            $0.key("llama.block_count", UInt32.max)
        },
        Wrong(words: "\"llama.attention.head_count\": is an array of integers instead of") {
            $0.keys.remove(at: 5)
            $0.key("llama.attention.head_count", type: 9, array(4, count: 1, bytes(UInt32(2))))
        },
        Wrong(words: "\"llama.attention.head_count_kv\": 0 is out of range") {
            $0.key("llama.attention.head_count_kv", 0 as UInt32)
        },
        Wrong(words: "\"llama.expert_count\": the setting is not known here") {
            $0.key("llama.expert_count", 8 as UInt32)
        },
        Wrong(words: "\"llama.attention.value_length\": it differs from the width 16") {
            $0.key("llama.attention.value_length", 8 as UInt32)
        },
        Wrong(words: "\"llama.rope.dimension_count\": it differs from the width 16") {
            $0.key("llama.rope.dimension_count", 8 as UInt32)
        },
        Wrong(words: "the scaling \"yarn\" does not run here; none and linear do") {
            $0.key("llama.rope.scaling.type", "yarn")
        },
        Wrong(words: "are not those of Llama 3.1") {
            $0.tensor(
                "rope_freqs.weight", [8], type: 0,
                divisors.reversed().flatMap { bytes($0.bitPattern) })
        },
        Wrong(words: "the matrix of token embeddings is missing") {
            $0.tensors[0].name = "token_embed.weight"
        },
    ]

    @Test(arguments: wrong) func refuses(_ wrong: Wrong) throws {
        var builder = Self.builder()
        wrong.make(&builder)
        let file = try builder.opened()
        let error = try #require(throws: ModelFileError.self) { try Architecture(file) }
        #expect("\(error)".contains(wrong.words), "\(error)")
    }

    /// A whole model of one layer.
    static func wholeModel() -> GGUFBuilder {
        var builder = builder()
        let shapes: [(String, [UInt64])] = [
            ("blk.0.attn_norm.weight", [32]), ("blk.0.attn_q.weight", [32, 32]),
            ("blk.0.attn_k.weight", [32, 32]), ("blk.0.attn_v.weight", [32, 32]),
            ("blk.0.attn_output.weight", [32, 32]), ("blk.0.ffn_norm.weight", [32]),
            ("blk.0.ffn_gate.weight", [32, 8]), ("blk.0.ffn_up.weight", [32, 8]),
            ("blk.0.ffn_down.weight", [8, 32]), ("output_norm.weight", [32]),
            ("extra.weight", [4]),
        ]
        for (name, extents) in shapes {
            builder.tensor(name, extents, type: 0, zeros(Int(extents.reduce(4, *))))
        }
        return builder
    }

    static func open(_ builder: GGUFBuilder, in directory: String) throws -> ModelFile {
        let path = "\(directory)/model.gguf"
        try Data(builder.file).write(to: URL(fileURLWithPath: path))
        return try ModelFile.open(path)
    }

    @Test func refusesBiasesOfALlama() throws {
        var builder = Self.wholeModel()
        try withTemporaryDirectory { directory in
            #expect(
                try Self.open(builder, in: directory).surplusTensors == ["extra.weight"])
            builder.tensor("blk.0.attn_q.bias", [32], type: 0, zeros(128))
            let error = try #require(throws: ModelFileError.self) {
                try Self.open(builder, in: directory)
            }
            #expect("\(error)".contains("tensor \"blk.0.attn_q.bias\": no layer of this"))
        }
    }

    @Test func writesTheTokenizerOfItsMetadata() throws {
        var builder = Self.wholeModel()
        let tokens = string("a") + string("b") + string("ab")
        builder.key("tokenizer.ggml.model", "gpt2")
        builder.key("tokenizer.ggml.pre", "gpt-2")
        builder.key("tokenizer.ggml.tokens", type: 9, array(8, count: 3, tokens))
        builder.key("tokenizer.ggml.merges", type: 9, array(8, count: 1, string("a b")))
        try withTemporaryDirectory { directory in
            let base = try Self.open(builder, in: directory)
            let path = "\(directory)/written"
            try writeCheckpoint(of: base.architecture, base: base, to: path) {
                try base.values(of: $0)
            }
            let written = try ModelFile.open(path)
            #expect(try base.tokenizer().encode("abba") == [2, 1, 0])
            #expect(try written.tokenizer().encode("abba") == [2, 1, 0])
            #expect(throws: ModelFileError.self) {
                try ModelFile.open(model("tiny-llama")).tokenizer()
            }
            builder.keys.removeAll { $0.name == "tokenizer.ggml.pre" }
            let unknown = try Self.open(builder, in: directory)
            let error = try #require(throws: ModelFileError.self) {
                try writeCheckpoint(of: base.architecture, base: unknown, to: path + "2") { _ in []
                }
            }
            #expect("\(error)".hasPrefix("\(unknown.path): tokenizer.ggml.pre"), "\(error)")
        }
    }
}
