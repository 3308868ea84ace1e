import Architectures
import Foundation
import ModelFiles
import Testing

@Suite struct AdapterTests {
    @Test(arguments: ["tiny-llama", "tiny-llama3", "tiny-qwen2", "tiny-qwen3"])
    func readsAdaptersOfPEFT(_ name: String) throws {
        let architecture = try ModelFile.open(model(name)).architecture
        let adapter = try AdapterFile.open(model("\(name)-lora"), for: architecture)
        #expect(adapter.configuration.rank == 4 && adapter.configuration.alpha == 8)
        #expect(adapter.configuration.scale == 2)
        #expect(adapter.configuration.targets == LinearLayer.llama)
        #expect(adapter.configuration.baseModel == name)
        let parameters = architecture.adapterParameters(of: adapter.configuration)
        #expect(parameters.count == 2 * 7 * 2)
        for parameter in parameters {
            let values = try adapter.values(of: parameter)
            #expect(values.count == architecture.shape(of: parameter, rank: 4).reduce(1, *))
        }
    }

    @Test func readsAnAdapterOfAttentionOnly() throws {
        let architecture = try ModelFile.open(model("tiny-llama")).architecture
        let adapter = try AdapterFile.open(model("tiny-llama-lora-attention"), for: architecture)
        #expect(
            Set(adapter.configuration.targets).isSubset(of: [
                .query, .key, .value, .attentionOutput,
            ]))
        #expect(throws: ModelFileError.self) {
            try adapter.values(of: AdapterParameterID(.gate, layer: 0, matrix: .a))
        }
    }

    @Test func writesAnAdapterThatReadsBackEqual() throws {
        try withTemporaryDirectory { directory in
            let architecture = try ModelFile.open(model("tiny-qwen3")).architecture
            let configuration = AdapterConfiguration(
                rank: 2, alpha: 3.5, dropout: 0.1, targets: [.down, .query, .down],
                usesRankStabilizedScale: true, baseModel: "tiny")
            #expect(configuration.targets == [.query, .down])
            #expect(abs(configuration.scale - 3.5 / 2.0.squareRoot()) < 1e-12)
            let path = "\(directory)/adapter"
            func values(_ parameter: AdapterParameterID) -> [Float] {
                let count = architecture.shape(of: parameter, rank: 2).reduce(1, *)
                return (0 ..< count).map { Float($0) + Float(parameter.layer) / 2 }
            }
            try AdapterFile.write(configuration, for: architecture, to: path) { values($0) }
            let read = try AdapterFile.open(path, for: architecture)
            #expect(read.configuration == configuration)
            for parameter in architecture.adapterParameters(of: configuration) {
                #expect(try read.values(of: parameter) == values(parameter))
            }
        }
    }

    @Test func refusesAnAdapterOfAnotherModel() throws {
        let architecture = try ModelFile.open(model("tiny-qwen2")).architecture
        let error = try #require(throws: ModelFileError.self) {
            try AdapterFile.open(model("tiny-llama-lora"), for: architecture)
        }
        #expect("\(error)".contains("its shape is [4, 64] and should be [4, 48]"), "\(error)")
        var shallow = try ModelFile.open(model("tiny-llama")).architecture
        shallow.layerCount = 1
        let surplus = try #require(throws: ModelFileError.self) {
            try AdapterFile.open(model("tiny-llama-lora"), for: shallow)
        }
        #expect("\(surplus)".contains("none of the adapted modules of this model's 1 layers"))
    }

    static let wrong: [(change: String, words: String)] = [
        (#""peft_type": "IA3""#, "\"IA3\" does not run here; LORA does"),
        (#""r": 0"#, "r: 0 is out of range"),
        (#""r": "8""#, "r: is a string instead of an integer"),
        (#""lora_dropout": 1.5"#, "lora_dropout: 1.5 is not at least 0"),
        (#""bias": "all""#, "trained biases"),
        (#""use_dora": true"#, "DoRA"),
        (#""modules_to_save": ["lm_head"]"#, "modules_to_save: fully trained modules"),
        (#""layers_to_transform": [0]"#, "some of the layers only"),
        (#""rank_pattern": {"q_proj": 2}"#, "ranks that differ"),
        (#""fan_in_fan_out": true"#, "transposed"),
        (#""use_qalora": true"#, "use_qalora: the setting does not run here"),
        (#""init_lora_weights": "pissa""#, "may have changed the base model"),
        (#""target_modules": ["q_porj"]"#, "did you mean \"q_proj\"?"),
        (#""target_modules": ["lm_head"]"#, "\"lm_head\" cannot be adapted here"),
        (#""target_modules": []"#, "names no module"),
        (#""target_modules": ".*proj""#, "the pattern \".*proj\" is not read"),
    ]

    @Test(arguments: wrong) func refuses(_ wrong: (change: String, words: String)) throws {
        var object: JSONObject = [
            "peft_type": .string("LORA"), "r": .integer(8), "lora_alpha": .integer(16),
            "target_modules": .string("all-linear"),
        ]
        #expect(
            try AdapterConfiguration(.object(object), path: "a.json").targets
                == LinearLayer.llama)
        let change = try JSONValue.parse(Array("{\(wrong.change)}".utf8), path: "change")
        for member in change.object?.members ?? [] { object[member.key] = member.value }
        let error = try #require(throws: ModelFileError.self) {
            try AdapterConfiguration(.object(object), path: "a.json")
        }
        #expect("\(error)".hasPrefix("a.json: ") && "\(error)".contains(wrong.words), "\(error)")
    }
}
