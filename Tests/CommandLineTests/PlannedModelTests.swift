import Foundation
import Testing

/// Models that do not run here are described and planned for, and nothing else.
@Suite(.serialized) struct PlannedModelTests {
    private static let gpt2 = """
        {"model_type": "gpt2", "n_embd": 768, "n_layer": 12, "n_head": 12, "vocab_size": 50257}
        """
    private static let mixtral = """
        {"model_type": "mixtral", "num_local_experts": 8, "num_experts_per_tok": 2}
        """

    private func place() throws -> Workplace {
        let place = try Workplace()
        for (name, text) in [("gpt2", Self.gpt2), ("mixtral", Self.mixtral)] {
            try FileManager.default.createDirectory(
                atPath: "\(place.path)/\(name)", withIntermediateDirectories: true)
            try place.write("\(name)/config.json", text)
        }
        return place
    }

    @Test(arguments: [
        ("gpt2", 124_439_808, "norms"), ("gpt2/config.json", 124_439_808, "norms"),
        ("mixtral/config.json", 46_702_792_704, "experts"),
    ])
    func inspectDescribesThem(file: String, count: Int, reason: String) throws {
        let ending = try place().succeed(["inspect", file, "--format", "json"])
        let object = try #require(
            JSONSerialization.jsonObject(with: Data(ending.output.utf8)) as? [String: Any])
        #expect(object["parameters"] as? Int == count)
        #expect((object["notRunnable"] as? String)?.contains(reason) == true)
    }

    private let plan = [
        "plan", "--examples", "100", "--tokens-per-example", "64", "--strategies", "lora",
        "--model",
    ]

    @Test func planTakesThemWithTheirOwnTargets() throws {
        let place = try place()
        try place.succeed(plan + ["gpt2", "--targets", "c_attn,c_fc"])
        try place.succeed(plan + ["google/gemma-2-9b"])
        let ending = try place.run(plan + ["gpt2", "--targets", "c_atn"])
        #expect(ending.status == 64)
        #expect(ending.errors.contains("called 'c_atn'; did you mean c_attn?"))
    }

    @Test func trainingRefusesThemWithTheReason() throws {
        let place = try place()
        let ending = try place.run([
            "train", "--base", "gpt2", "--from-scratch", "--strategy", "full", "--data",
            "rows.jsonl", "--steps", "1",
        ])
        #expect(ending.status == 3)
        #expect(ending.errors.contains("the family \"gpt2\" does not run here"))
    }

    @Test func anUnknownFamilyIsAnsweredWithTheNearest() throws {
        let place = try place()
        try place.write("gpt2/config.json", #"{"model_type": "gemma33"}"#)
        for command in [["inspect", "gpt2/config.json"], plan + ["gpt2"]] {
            let ending = try place.run(command)
            #expect(ending.status == 3)
            #expect(ending.errors.contains("did you mean \"gemma3\"?"), "\(ending.errors)")
        }
    }
}
