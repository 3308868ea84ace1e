import Foundation
import Testing

/// A damage to a model directory and what the program should say about it.
struct Damage: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let message: String
    let inflict: @Sendable (Workplace) throws -> Void

    init(
        _ name: String, _ message: String, _ inflict: @escaping @Sendable (Workplace) throws -> Void
    ) {
        (testDescription, self.message, self.inflict) = (name, message, inflict)
    }

    /// The weights cut to so many bytes.
    static func cut(to count: Int, _ message: String) -> Damage {
        Damage("cut to \(count) bytes", message) { place in
            let whole = try place.data("model/model.safetensors")
            try place.write("model/model.safetensors", whole.prefix(count))
        }
    }

    /// One key of a JSON file replaced, or removed.
    static func edit(_ file: String, _ key: String, _ value: String?, _ message: String) -> Damage {
        Damage("\(file) \(key) = \(value ?? "nothing")", message) { place in
            try place.edit("model/\(file)", key, value)
        }
    }

    /// A whole file replaced.
    static func replace(_ file: String, _ text: String, _ message: String) -> Damage {
        Damage("\(file): \(text)", message) { try $0.write("model/\(file)", text) }
    }
}

@Suite(.serialized) struct DamagedModelTests {
    @Test(arguments: [
        Damage.cut(to: 0, "model.safetensors: header: the file is shorter than eight bytes"),
        .cut(to: 7, "the file is shorter than eight bytes"),
        .cut(to: 8, "more than the file (8 bytes)"),
        .cut(to: 1000, "more than the file (1000 bytes)"),
        .cut(to: 50_000, "bytes and the file has"),
        .cut(to: 273_039, "bytes and the file has"),
        .replace(
            "model.safetensors", "\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}{}", "header"),
        .replace("config.json", "{", "config.json:1:2"),
        .replace("config.json", "[]", "config.json"),
        .edit("config.json", "model_type", #""lama""#, #"did you mean "llama"?"#),
        .edit("config.json", "model_type", "3", "model_type: is a number instead of a string"),
        .edit("config.json", "model_type", nil, "model_type: is missing"),
        .edit("config.json", "hidden_size", #""32""#, "hidden_size: is a string instead"),
        .edit("config.json", "hidden_size", "-32", "hidden_size: -32 is out of range"),
        .edit("config.json", "hidden_size", "9223372036854775807", "is out of range"),
        .edit("config.json", "hidden_size", "64", "its shape is [1536, 32] and should be"),
        .edit("config.json", "num_hidden_layers", "3", "layers.2.input_layernorm.weight"),
        .edit("config.json", "hidden_act", #""gelu""#, "hidden_act: the activation"),
        .edit("config.json", "rope_theta", "0", "rope_theta"),
        .edit("config.json", "tie_word_embeddings", "false", "lm_head.weight"),
        .replace("tokenizer.json", "[", "tokenizer.json"),
        .replace("tokenizer.json", "", "tokenizer.json"),
        .edit("tokenizer.json", "model", "3", "tokenizer.json: model"),
        .edit("tokenizer.json", "model", #"{"type":"Unigram"}"#, "tokenizer.json: model"),
        .edit("tokenizer.json", "added_tokens", "{}", "added_tokens"),
        .edit(
            "tokenizer_config.json", "chat_template", #""{{ messages }}""#, "unknown chat template"),
        Damage("no tokenizer", "there is no tokenizer.json in it") { place in
            try FileManager.default.removeItem(atPath: "\(place.path)/model/tokenizer.json")
        },
        Damage("no config", "model/config.json: cannot be read") { place in
            try FileManager.default.removeItem(atPath: "\(place.path)/model/config.json")
        },
    ])
    func safetensors(_ damage: Damage) throws {
        let place = try Workplace()
        try place.copyBase()
        try damage.inflict(place)
        try expectRefusal(by: place, model: "model", damage.message)
    }

    @Test(arguments: [0, 3, 4, 12, 23, 24, 100, 1000, 10_000, 20_000])
    func truncatedGGUF(_ count: Int) throws {
        let place = try Workplace()
        let file = URL(
            fileURLWithPath: Repository.path("Tests/Fixtures/ModelFiles/tiny-llama.gguf"))
        try place.write("model.gguf", try Data(contentsOf: file).prefix(count))
        try expectRefusal(by: place, model: "model.gguf", "model.gguf")
    }

    private func expectRefusal(by place: Workplace, model: String, _ message: String) throws {
        let before = try place.listing()
        for arguments in [
            [
                "train", "--base", model, "--strategy", "full", "--data", "rows.jsonl", "--steps",
                "1", "--output", "out", "--quiet",
            ], ["evaluate", "--base", model, "--data", "rows.jsonl", "--quiet"],
        ] {
            let ending = try place.run(arguments)
            #expect(ending.status == 3, "\(ending.errors)")
            #expect(ending.errors.contains(message), "it said: \(ending.errors)")
        }
        #expect(try place.listing() == before)
    }

    @Test func conversationsNeedATemplate() throws {
        let place = try Workplace()
        try place.copyBase()
        try place.edit("model/tokenizer_config.json", "chat_template", nil)
        try place.write("talk.jsonl", Samples.messages)
        for command in ["train", "evaluate"] {
            let strategy = command == "train" ? ["--strategy", "full"] : []
            let ending = try place.run(
                [command, "--base", "model", "--data", "talk.jsonl", "--quiet"] + strategy)
            #expect(ending.status == 3)
            #expect(
                ending.errors.contains("talk.jsonl:1: conversations need a base model")
                    || ending.errors.contains("talk.jsonl: the row of line 1 cannot be asked"))
        }
    }
}
