import Architectures
import Foundation
import ModelFiles
import Testing

@Suite struct ModelFileTests {
    static let models = ["tiny-llama", "tiny-llama3", "tiny-qwen2", "tiny-qwen3"]

    @Test(arguments: models) func opensCheckpoints(_ name: String) throws {
        let model = try ModelFile.open(model(name))
        #expect(model.format == .safetensors)
        #expect(model.parameterCount == model.tensors.reduce(0) { $0 + $1.count })
        #expect(model.surplusTensors.isEmpty)
        #expect(model.specialTokens.beginning == 1 && model.specialTokens.endings == [2])
        #expect(model.name == name)
        for parameter in model.architecture.parameters {
            let values = try model.values(of: parameter)
            #expect(values.count == model.architecture.shape(of: parameter).reduce(1, *))
            #expect(values.allSatisfy(\.isFinite) && values.contains { $0 != 0 })
        }
    }

    @Test func readsArchitectures() throws {
        let llama3 = try ModelFile.open(model("tiny-llama3") + "/model.safetensors").architecture
        #expect(
            llama3
                == Architecture(
                    family: .llama, vocabularySize: 320, hiddenWidth: 48, layerCount: 2,
                    headCount: 3, keyValueHeadCount: 1, headWidth: 16, feedForwardWidth: 88,
                    normEpsilon: 1e-5, tiesEmbeddings: true, hasQueryKeyValueBias: false,
                    normalizesQueriesAndKeys: false,
                    rotary: .init(
                        theta: 10_000,
                        scaling: .llama3(
                            factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4,
                            originalContextLength: 32)), contextLength: 256))
        let qwen3 = try ModelFile.open(model("tiny-qwen3")).architecture
        #expect(qwen3.normalizesQueriesAndKeys && qwen3.rotary.theta == 1_000_000)
        #expect(try !ModelFile.open(model("tiny-llama")).architecture.tiesEmbeddings)
        #expect(try ModelFile.open(model("tiny-qwen2")).architecture.hasQueryKeyValueBias)
    }

    /// The same model in both formats: the rotary order of llama's rows must be undone.
    @Test(arguments: ["tiny-llama", "tiny-qwen2", "tiny-qwen3"])
    func readsTheSameFromGGUF(_ name: String) throws {
        let original = try ModelFile.open(model(name))
        let converted = try ModelFile.open(fixtureURL("\(name).gguf").path)
        #expect(converted.format == .gguf && converted.name == name)
        #expect(converted.architecture == original.architecture)
        #expect(converted.chatTemplateText == "{{ messages }}")
        #expect(converted.specialTokens == original.specialTokens)
        for parameter in original.architecture.parameters {
            let expected = try original.values(of: parameter)
            let values = try converted.values(of: parameter)
            let isMatrix = original.architecture.shape(of: parameter).count == 2
            #expect(
                values == (isMatrix ? expected.map { Float(Float16($0)) } : expected),
                "\(parameter)")
        }
    }

    @Test func refusesAWrongRoomForAParameter() throws {
        let model = try ModelFile.open(model("tiny-llama"))
        var values = [Float](repeating: 0, count: 63)
        #expect(throws: ModelFileError.self) {
            var span = values.mutableSpan
            try model.read(.finalNorm, into: &span)
        }
        #expect(!model.contains(.attentionNorm(layer: 2)))
        #expect(throws: ModelFileError.self) {
            try model.values(of: .attentionNorm(layer: 2))
        }
    }

    @Test func unmapsWhenDropped() throws {
        try withTemporaryDirectory { directory in
            let path = "\(directory)/model.gguf"
            try fixture("tiny-qwen2.gguf").write(to: URL(fileURLWithPath: path))
            func isMapped() throws -> Bool {
                let maps = FileHandle(forReadingAtPath: "/proc/self/maps")
                let text = String(decoding: try maps?.readToEnd() ?? Data(), as: UTF8.self)
                return text.contains(path)
            }
            var model: ModelFile? = try ModelFile.open(path)
            #expect(try model?.values(of: .finalNorm).count == 48)
            #expect(try isMapped())
            model = nil
            #expect(try !isMapped())
        }
    }

    @Test(arguments: models) func writesCheckpointsThatReadBackEqual(_ name: String) throws {
        try withTemporaryDirectory { directory in
            let base = try ModelFile.open(model(name))
            let path = "\(directory)/written"
            try writeCheckpoint(
                of: base.architecture, base: base, to: path, as: .f32,
                extraFiles: ["tokenizer.json": "{}"]
            ) { try base.values(of: $0) }
            let written = try ModelFile.open(path)
            #expect(written.architecture == base.architecture)
            #expect(written.specialTokens == base.specialTokens)
            #expect(written.tokenizerPath == "\(path)/tokenizer.json")
            for parameter in base.architecture.parameters {
                #expect(try written.values(of: parameter) == base.values(of: parameter))
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["written"])
            let error = try #require(throws: ModelFileError.self) {
                try writeCheckpoint(of: base.architecture, base: base, to: path) { _ in [] }
            }
            #expect("\(error)".contains("exists already"))
            let short = try #require(throws: ModelFileError.self) {
                try writeCheckpoint(of: base.architecture, base: base, to: "\(directory)/b/") {
                    _ in []
                }
            }
            #expect("\(short)".hasPrefix("\(directory)/b/model.safetensors: cannot be written: "))
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["written"])
        }
    }

    @Test func opensShardedCheckpoints() throws {
        try withTemporaryDirectory { directory in
            let base = try ModelFile.open(model("tiny-qwen2"))
            let parameters = base.architecture.parameters
            var map: JSONObject = [:]
            for (index, part) in [parameters.prefix(9), parameters.dropFirst(9)].enumerated() {
                let part = Array(part)
                let file = "model-0000\(index + 1)-of-00002.safetensors"
                try writeSafetensors(
                    part.map {
                        TensorToWrite(
                            name: $0.huggingFaceName, shape: base.architecture.shape(of: $0))
                    }, as: .f32, to: "\(directory)/\(file)"
                ) { try base.values(of: part[$0]) }
                for parameter in part { map[parameter.huggingFaceName] = .string(file) }
            }
            let index = "\(directory)/model.safetensors.index.json"
            try writeAtomically(JSONValue.object(["weight_map": .object(map)]).fileText, to: index)
            try writeAtomically(
                base.architecture.configuration(storedAs: .f32).fileText,
                to: "\(directory)/config.json")
            for path in [directory + "/", "\(directory)/model-00002-of-00002.safetensors"] {
                let sharded = try ModelFile.open(path)
                for parameter in parameters {
                    #expect(try sharded.values(of: parameter) == base.values(of: parameter))
                }
            }
            map["lm_head.weight"] = .string("../elsewhere.safetensors")
            try writeAtomically(JSONValue.object(["weight_map": .object(map)]).fileText, to: index)
            #expect(throws: ModelFileError.self) { try ModelFile.open(directory) }
        }
    }

    @Test func explainsWhatIsNoModel() throws {
        try withTemporaryDirectory { directory in
            func message(_ path: String) throws -> String {
                "\(try #require(throws: ModelFileError.self) { try ModelFile.open(path) })"
            }
            #expect(try message(directory).contains("neither model.safetensors nor"))
            try writeAtomically("x", to: "\(directory)/pytorch_model.bin")
            #expect(try message(directory).contains("pickled"))
            #expect(try message("\(directory)/pytorch_model.bin").contains("a model is a .gguf"))
            #expect(try message(model("tiny-llama-lora")).contains("an adapter, not a model"))
            #expect(try message("\(directory)/none").contains("there is no such file"))
            try fixture("reference.safetensors")
                .write(to: URL(fileURLWithPath: "\(directory)/model.safetensors"))
            #expect(try message(directory).contains("config.json: cannot be read"))
            try FileManager.default.copyItem(
                atPath: model("tiny-llama") + "/config.json", toPath: "\(directory)/config.json")
            #expect(
                try message(directory).contains(
                    "tensor \"model.embed_tokens.weight\": it is missing; its shape should be [320, 64]"
                ))
        }
    }
}

/// The path of one of the tiny checkpoints.
func model(_ name: String) -> String {
    fixtureURL("../models/\(name)").standardizedFileURL.path
}
