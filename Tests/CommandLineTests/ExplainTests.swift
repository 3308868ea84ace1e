import Foundation
import Testing

/// `tuneplan explain` as a user meets it.
@Suite(.serialized) struct ExplainTests {
    private func explain(_ arguments: [String], status: Int32 = 0) throws -> [String: Any] {
        let place = try Workplace()
        let ending = try place.run(["explain", "--format", "json"] + arguments)
        #expect(ending.status == status, "\(ending.errors)")
        let found = try JSONSerialization.jsonObject(with: Data(ending.output.utf8))
        return try #require(found as? [String: Any])
    }

    private func numbers(_ rows: Any?, _ key: String) -> [Double] {
        (rows as? [[String: Any]] ?? []).compactMap { $0[key] as? Double }
    }

    @Test func theParts() throws {
        let found = try explain([
            "--model", "Llama-3.2-1B", "--strategy", "full", "--length", "1024",
            "--checkpointing", "none", "--gpu", "A100-80GB",
        ])
        let figures = found["figures"]
        #expect(
            (figures as? [[String: Any]])?.compactMap { $0["figure"] as? String }
                == ["allocated", "reserved", "process"])
        let likely = numbers(figures, "likely_bytes")
        #expect(likely == likely.sorted(), "each figure holds the one before")
        let roles = numbers(found["roles"], "bytes")
        #expect(roles.last == roles.dropLast().reduce(0, +), "roles sum to the peak")
        let tensors = try #require(found["tensors"] as? [[String: Any]])
        #expect(Set(tensors[0].keys).isSuperset(of: ["name", "scope", "shape", "format", "bytes"]))
        let sizes = numbers(tensors, "bytes")
        #expect(sizes == sizes.sorted(by: >))
        #expect((found["peak_op"] as? String)?.contains(" of ") == true)
        #expect(found["fits"] as? Bool == true && (found["step_seconds"] as? Double ?? 0) > 0)
    }

    @Test func leversThatDoNothingAreLeftOut() throws {
        let choices = [
            "--model", "Llama-3.2-1B", "--strategy", "full", "--length", "1024", "--micro-batch",
            "4", "--gpu", "A100-80GB",
        ]
        let plain = try explain(choices + ["--checkpointing", "none", "--attention", "eager"])
        let levers = try #require(plain["levers"] as? [[String: Any]])
        let names = levers.compactMap { $0["change"] as? String }
        for words in [
            "checkpoint every layer", "FlashAttention 2", "half the micro-batch", "8-bit AdamW",
            "LoRA", "QLoRA", "over 8 GPUs", "Liger", "host",
        ] {
            #expect(names.contains { $0.contains(words) }, "\(words) is not in \(names)")
        }
        let saved = numbers(levers, "saved_bytes")
        #expect(saved == saved.sorted(by: >) && saved.allSatisfy { $0 > 0 })
        let checkpointing = levers.first { $0["change"] as? String == "checkpoint every layer" }
        #expect((checkpointing?["time_change"] as? Double ?? 0) > 0.1, "layers run twice")
        let lean = try explain(
            choices + [
                "--checkpointing", "full", "--attention", "flash-attention-2", "--optimizer",
                "adafactor", "--loss", "fused-linear",
            ])
        let few = (lean["levers"] as? [[String: Any]] ?? []).compactMap { $0["change"] as? String }
        for words in ["checkpoint every layer", "FlashAttention", "Liger", "Adafactor"] {
            #expect(!few.contains { $0.contains(words) }, "\(words) is in \(few)")
        }
    }

    @Test func aLeverKeepsItsPromise() throws {
        let choices = ["--model", "Llama-3.2-1B", "--strategy", "full", "--length", "1024"]
        let before = try explain(choices + ["--checkpointing", "none"])
        let after = try explain(choices + ["--checkpointing", "full"])
        let levers = before["levers"] as? [[String: Any]] ?? []
        let lever = levers.first { $0["change"] as? String == "checkpoint every layer" }
        let promised = try #require(lever?["allocated_bytes"] as? Double)
        #expect(numbers(after["roles"], "bytes").last == promised)
        #expect(before["fits"] is NSNull && before["step_seconds"] is NSNull)
    }

    @Test func aMeasuredRowIsExplained() throws {
        let place = try Workplace()
        let ending = try place.succeed(["explain", "--id", "fms-100", "--output", "out"])
        #expect(ending.output.contains("Measured: "))
        for name in [
            "report.md", "tensors.csv", "levers.csv", "explain.json", "timeline.svg", "trace.json",
            "manifest.json",
        ] {
            #expect(place.exists("out/\(name)"))
        }
        let trace = try JSONSerialization.jsonObject(with: try place.data("out/trace.json"))
        let events = try #require((trace as? [String: Any])?["traceEvents"] as? [[String: Any]])
        #expect(events.contains { $0["ph"] as? String == "X" })
        #expect(events.contains { $0["ph"] as? String == "C" })
    }

    @Test func aRunThatDoesNotFitEndsWithOne() throws {
        let found = try explain(
            ["--model", "Llama-3.1-8B", "--strategy", "full", "--gpu", "T4"], status: 1)
        #expect(found["fits"] as? Bool == false)
        let shared = try explain([
            "--model", "Llama-3.1-8B", "--strategy", "qlora", "--gpus", "4", "--gpu", "L40S",
        ])
        #expect(shared["fits"] as? Bool == true)
    }

    @Test(arguments: ["table", "markdown", "csv"])
    func everyForm(_ format: String) throws {
        let output = try Workplace().succeed([
            "explain", "--model", "default", "--strategy", "dpo", "--format", format,
        ]).output
        switch format {
        case "csv": #expect(output.hasPrefix("change,saved_bytes,process_bytes"))
        case "markdown": #expect(output.hasPrefix("# Memory of"))
        default: #expect(output.contains("Largest live tensors"))
        }
    }

    @Test(arguments: [
        ([], 64, "give --model, or --id"),
        (["--model", "Llama-3.2-1B", "--id", "fms-100"], 64, "give --model, or --id"),
        (["--model", "Lama-3.2-1B"], 64, "Did you mean"),
        (["--model", "none.json"], 3, "no such file"),
        (["--id", "fms-1000"], 3, "did you mean"),
        (["--id", "fms-100", "--measurements", "none.csv"], 3, "no such file"),
        (["--model", "Llama-3.2-1B", "--strategy", "prompt-only"], 64, "one strategy that trains"),
        (["--model", "Llama-3.2-1B", "--profile", "torchtun"], 64, "did you mean torchtune"),
        (["--model", "Llama-3.2-1B", "--gpu", "A101"], 64, "Unknown device"),
        (["--model", "Llama-3.2-1B", "--micro-batch", "0"], 64, "--micro-batch must lie between"),
        (
            ["--model", "Llama-3.2-1B", "--length", "9000000", "--micro-batch", "9"], 64,
            "tokens, at most"
        ),
        (
            ["--model", "Llama-3.1-70B", "--length", "9000000", "--attention", "eager"], 64,
            "fit no device"
        ),
    ])
    func badRequestsAreRefused(arguments: [String], status: Int32, words: String) throws {
        let ending = try Workplace().run(["explain"] + arguments)
        #expect(ending.status == status, "\(ending.errors)")
        #expect(ending.errors.contains(words), "\(ending.errors)")
    }
}
