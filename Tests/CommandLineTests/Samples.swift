import Foundation
import Testing

/// Small inputs that every test starts from.
enum Samples {
    static let rows = (0 ..< 8).map { index in
        #"{"prompt":"Say number \#(index)","completion":"{\"number\":\#(index)}"}"# + "\n"
    }.joined()

    static let pairs = (0 ..< 6).map { index in
        #"{"prompt":"Greet \#(index)","chosen":"Hello \#(index).","rejected":"What now? \#(index)"}"#
            + "\n"
    }.joined()

    static let messages =
        #"{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"}]}"#
        + "\n"

    static let text = "The Otter is a robot vacuum.\n---\nIt weighs 3.4 kg and uses 38 W.\n"

    /// A directory with a base model of two layers of width 32, made once by the program itself from
    /// the shipped tokenizer and fresh weights, and an adapter for it.
    static let home: Result<Workplace, any Error> = Result {
        let home = try Workplace()
        for name in ["tokenizer.json", "tokenizer_config.json"] {
            let file = URL(fileURLWithPath: Repository.path("data/base/\(name)"))
            try home.write("description/\(name)", try Data(contentsOf: file))
        }
        try home.write(
            "description/config.json",
            """
            {"model_type":"llama","vocab_size":1536,"hidden_size":32,"intermediate_size":64,
            "num_hidden_layers":2,"num_attention_heads":2,"num_key_value_heads":1,"head_dim":16,
            "hidden_act":"silu","max_position_embeddings":256,"rms_norm_eps":1e-5,
            "tie_word_embeddings":true,"rope_theta":10000.0}
            """)
        try home.succeed([
            "train", "--base", "description", "--from-scratch", "--strategy", "full", "--data",
            "rows.jsonl", "--steps", "1", "--output", "base", "--quiet",
        ])
        try home.succeed([
            "train", "--base", "base", "--strategy", "lora", "--rank", "4", "--targets",
            "attention", "--data", "rows.jsonl", "--steps", "2", "--learning-rate", "1e-2",
            "--output", "adapter", "--quiet",
        ])
        return home
    }

    static func base() throws -> String { try home.get().path + "/base" }
    static func adapter() throws -> String { try home.get().path + "/adapter" }
}

extension Workplace {
    /// A copy of the sample base, called `model`, to be damaged.
    func copyBase() throws {
        try FileManager.default.copyItem(atPath: try Samples.base(), toPath: "\(path)/model")
    }

    /// Replaces one key of a JSON file; nil removes it.
    func edit(_ name: String, _ key: String, _ value: String?) throws {
        var object = try #require(
            try JSONSerialization.jsonObject(with: try data(name)) as? [String: Any])
        object[key] = try value.map {
            try JSONSerialization.jsonObject(with: Data($0.utf8), options: .fragmentsAllowed)
        }
        try write(name, try JSONSerialization.data(withJSONObject: object))
    }
}
