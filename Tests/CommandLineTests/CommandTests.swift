import Foundation
import Testing

@Suite(.serialized) struct CommandTests {
    private func train(_ more: [String], in place: Workplace) throws -> [[String: Any]] {
        try place.succeed(
            ["train", "--base", try Samples.base(), "--format", "json", "--quiet"] + more
        ).objects()
    }

    private func losses(_ steps: [[String: Any]]) -> [Double] {
        steps.compactMap { $0["loss"] as? Double }
    }

    private static let stepKeys: Set = [
        "step", "loss", "gradientNorm", "learningRate", "tokens", "seconds",
    ]
    private static let preferenceKeys: Set = [
        "rewardMargin", "accuracy", "rewardChosen", "rewardRejected",
    ]

    @Test(arguments: [
        "full rows.jsonl model.safetensors", "lora rows.jsonl adapter_model.safetensors",
        "qlora rows.jsonl adapter_model.safetensors", "dpo pairs.jsonl adapter_model.safetensors",
        "continued-pretraining book.txt model.safetensors",
    ])
    func everyStrategyTrainsAndSaves(_ line: String) throws {
        let parts = line.split(separator: " ").map(String.init)
        let place = try Workplace()
        let arguments = [
            "--strategy", parts[0], "--data", parts[1], "--steps", "2", "--batch-size", "2",
            "--sequence-length", "64",
        ]
        let steps = try train(arguments + ["--output", "out"], in: place)
        let keys = Self.stepKeys.union(parts[0] == "dpo" ? Self.preferenceKeys : [])
        #expect(steps.count == 2)
        for step in steps { #expect(Set(step.keys) == keys) }
        for name in [parts[2], "manifest.json", "steps.jsonl"] {
            #expect(place.exists("out/\(name)"))
        }
        #expect(losses(try train(arguments, in: place)) == losses(steps), "same seed, same losses")
        let evaluated =
            parts[2].hasPrefix("adapter")
            ? ["--base", try Samples.base(), "--adapter", "out"] : ["--base", "out"]
        try place.succeed(
            ["evaluate", "--data", parts[1], "--limit", "1", "--max-new-tokens", "2", "--quiet"]
                + evaluated)
    }

    @Test func aFullPolicyHasTheSameLossesWithEitherReference() throws {
        let place = try Workplace()
        let arguments = [
            "--strategy", "dpo", "--policy", "full", "--data", "pairs.jsonl", "--steps", "3",
            "--learning-rate", "1e-3", "--held-out", "0.4", "--reference",
        ]
        let copy = try train(arguments + ["frozen-copy"], in: place)
        let before = try train(arguments + ["precomputed"], in: place)
        #expect(copy.count == 4 && before.count == 4)
        for (a, b) in zip(losses(copy), losses(before)) { #expect(abs(a - b) <= 1e-5) }
        let held = (copy + before).compactMap { $0["heldOutLoss"] as? Double }
        #expect(held.count == 2 && abs(held[0] - held[1]) <= 1e-5)
    }

    /// A report is passed on: nothing in it says where this machine keeps its files.
    @Test func savedFilesNameNoPlaceOfThisMachine() throws {
        let place = try Workplace()
        let base = try Samples.base()
        let rows = "\(place.path)/rows.jsonl"
        _ = try train(
            ["--strategy", "lora", "--data=\(rows)", "--steps", "1", "--output", "out"], in: place)
        let text = String(decoding: try place.data("out/manifest.json"), as: UTF8.self)
        #expect(!text.contains(place.path) && !text.contains(base))
        let manifest = try #require(
            try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        let command = try #require(manifest["command"] as? [String])
        #expect(command.first == "tuneplan" && command.contains("--data=rows.jsonl"))
        let inputs = try #require(manifest["inputs"] as? [[String: Any]])
        #expect(inputs.compactMap { $0["path"] as? String }.contains("rows.jsonl"))
        // An adapter is for a base, which is named as the user did.
        let adapter = try JSONSerialization.jsonObject(
            with: try place.data("out/adapter_config.json"))
        let named = (adapter as? [String: Any])?["base_model_name_or_path"] as? String
        #expect(named == base)
    }

    @Test func helpShowsDefaultsAsTheyAreWritten() throws {
        let help = try Workplace().succeed(["train", "--help"]).output
            .split { $0.isWhitespace }.joined(separator: " ")
        #expect(help.contains("default: frozen-copy"))
        #expect(!help.contains("frozenCopy"))
    }

    @Test func aSavedAdapterIsContinued() throws {
        let place = try Workplace()
        let arguments = [
            "--strategy", "lora", "--data", "rows.jsonl", "--batch-size", "8", "--no-shuffle",
            "--schedule", "constant", "--learning-rate", "1e-3",
        ]
        let first = try train(arguments + ["--steps", "4", "--output", "out"], in: place)
        let next = try train(arguments + ["--steps", "1", "--adapter", "out"], in: place)
        #expect(losses(next)[0] < losses(first)[3])
        let score = try place.succeed([
            "evaluate", "--base", try Samples.base(), "--adapter", "out", "--data", "rows.jsonl",
            "--max-new-tokens", "0", "--format", "json",
        ])
        let found = try #require(
            try JSONSerialization.jsonObject(with: Data(score.output.utf8)) as? [String: Any])
        let loss = try #require(found["lossPerToken"] as? Double)
        #expect(abs(loss - losses(next)[0]) <= 1e-4, "training and evaluation agree")
    }

    @Test func withoutShufflingTheOrderIsTheFiles() throws {
        let place = try Workplace()
        let rows = Samples.rows.split(separator: "\n").map { $0 + "\n" }
        let arguments = [
            "--strategy", "full", "--batch-size", "2", "--no-shuffle", "--learning-rate", "0",
            "--sequence-length", "64", "--data",
        ]
        let whole = losses(try train(arguments + ["rows.jsonl"], in: place))
        #expect(whole.count == 4)
        for (index, loss) in whole.enumerated() {
            try place.write("part.jsonl", rows[2 * index ..< 2 * index + 2].joined())
            let part = losses(try train(arguments + ["part.jsonl"], in: place))
            #expect(part.count == 1 && abs(part[0] - loss) <= 1e-5)
        }
    }

    @Test func rowsHeldOutAreNotCutToTheLengthOfTheOthers() throws {
        let place = try Workplace()
        let long = String(repeating: "a long answer ", count: 12)
        try place.write("long.jsonl", #"{"prompt":"Say","completion":"\#(long)"}"# + "\n")
        let ending = try place.succeed([
            "train", "--base", try Samples.base(), "--strategy", "lora", "--data", "rows.jsonl",
            "--held-out", "long.jsonl", "--steps", "1", "--quiet", "--format", "json",
        ])
        #expect(!ending.errors.contains("lose their end"))
        #expect(try ending.objects().last?["heldOutLoss"] is Double)
    }

    @Test func logitsAreWrittenForTheFirstRows() throws {
        let place = try Workplace()
        try place.succeed([
            "evaluate", "--base", try Samples.base(), "--adapter", try Samples.adapter(), "--data",
            "rows.jsonl", "--max-new-tokens", "0", "--logits", "logits.json", "--quiet",
        ])
        let found = try JSONSerialization.jsonObject(with: try place.data("logits.json"))
        let prompts = try #require((found as? [String: Any])?["prompts"] as? [[String: Any]])
        #expect(prompts.count == 4)
        for prompt in prompts {
            #expect((prompt["ids"] as? [Int])?.isEmpty == false)
            #expect((prompt["logits"] as? [Double])?.count == 1536)
        }
    }

    @Test(arguments: ["table", "markdown", "csv", "json"])
    func inspectHasEveryForm(_ format: String) throws {
        let place = try Workplace()
        let base = try Samples.base()
        for arguments in [
            [base], ["rows.jsonl", "--base", base], ["pairs.jsonl", "--base", base],
            ["book.txt", "--base", base], ["pairs.jsonl", "--base", base, "--tokens"],
        ] {
            let output = try place.succeed(["inspect", "--format", format] + arguments).output
            switch format {
            case "json":
                let found = try JSONSerialization.jsonObject(with: Data(output.utf8))
                #expect(found is [String: Any] || found is [[String: Any]])
            case "csv":
                let lines = output.components(separatedBy: "\r\n")
                #expect(lines.last == "" && lines.dropLast().allSatisfy { !$0.isEmpty })
            case "markdown": #expect(output.hasPrefix("| "))
            default: #expect(output.contains("───"))
            }
        }
    }

    @Test func tokensHaveIdsAndMask() throws {
        let place = try Workplace()
        let ending = try place.succeed([
            "inspect", "pairs.jsonl", "--base", try Samples.base(), "--tokens", "--limit", "2",
        ])
        let found = try JSONSerialization.jsonObject(with: Data(ending.output.utf8))
        let rows = try #require(found as? [[String: Any]])
        #expect(rows.map { $0["side"] as? String } == ["chosen", "rejected", "chosen", "rejected"])
        for row in rows {
            let (ids, mask) = (row["ids"] as? [Int] ?? [], row["mask"] as? [Int] ?? [])
            #expect(!ids.isEmpty && ids.count == mask.count)
            #expect(Set(mask) == [0, 1])
        }
    }
}
