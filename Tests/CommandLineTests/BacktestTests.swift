import Foundation
import Testing

/// `tuneplan backtest` on files that other people wrote.
@Suite(.serialized) struct BacktestTests {
    private static let columns = [
        "id", "source", "framework", "model", "strategy", "weights_dtype", "quant", "gpu", "n_gpus",
        "sharding", "micro_batch", "grad_accum", "seq_len", "packed", "grad_checkpointing",
        "attention", "optimizer", "lora_rank", "lora_targets", "fused_ce", "peak_gib_per_gpu",
        "mem_kind", "notes",
    ]
    private static let cells = [
        "id": "mine-1", "framework": "HF TRL SFTTrainer + PEFT", "model": "Llama-2-7B",
        "strategy": "lora", "weights_dtype": "bf16", "quant": "none", "gpu": "A100-80GB",
        "n_gpus": "1", "sharding": "none", "micro_batch": "2", "grad_accum": "1",
        "seq_len": "1024", "packed": "yes", "grad_checkpointing": "yes",
        "attention": "flash_attention_2", "optimizer": "adamw_torch", "lora_rank": "16",
        "lora_targets": "all-linear", "fused_ce": "no", "peak_gib_per_gpu": "17.5",
        "mem_kind": "allocated",
    ]

    /// A file of rows that differ from a good one in some cells.
    private func file(_ rows: [[String: String]], columns: [String] = columns) -> String {
        ([columns.joined(separator: ",")]
            + rows.map { changes in
                columns.map { changes[$0] ?? Self.cells[$0] ?? "" }
                    .map { $0.contains(",") ? "\"\($0)\"" : $0 }.joined(separator: ",")
            }).joined(separator: "\n") + "\n"
    }

    private func lines(_ text: String, more: [String] = []) throws -> [[String: Any]] {
        let place = try Workplace()
        try place.write("runs.csv", text)
        let ending = try place.succeed(
            ["backtest", "--measurements", "runs.csv", "--format", "json"] + more)
        let found = try JSONSerialization.jsonObject(with: Data(ending.output.utf8))
        return try #require(found as? [[String: Any]])
    }

    @Test func theCSVHasTheDocumentedColumnsAndALineForEachRow() throws {
        let place = try Workplace()
        try place.write(
            "runs.csv", file([[:], ["id": "mine-2", "strategy": "qlora", "quant": "nf4"]]))
        let ending = try place.succeed([
            "backtest", "--measurements", "runs.csv", "--format", "csv",
        ])
        let lines = ending.output.components(separatedBy: "\r\n")
        #expect(
            lines.first == "id,kind,low,likely,high,measured,signed_error,assumed,skipped_reason")
        #expect(lines.count == 4 && lines[3].isEmpty)
        let cells = lines[1].components(separatedBy: ",")
        #expect(cells.count == 9 && cells[0] == "mine-1" && cells[1] == "allocated")
        let numbers = cells[2 ... 6].compactMap { Double($0) }
        try #require(numbers.count == 5)
        #expect(numbers[0] <= numbers[1] && numbers[1] <= numbers[2])
        #expect(numbers[3] == 17.5)
        #expect(abs(numbers[4] - (numbers[1] / 17.5 - 1)) < 1e-4)
        #expect(cells[8].isEmpty)
    }

    @Test func unknownColumnsAndMissingOptionalOnesAreFine() throws {
        let few = [
            "my_note", "id", "model", "strategy", "micro_batch", "seq_len", "n_gpus",
            "peak_gib_per_gpu",
        ]
        let found = try lines(file([["my_note": "x"]], columns: few))
        #expect(found.count == 1)
        #expect(found[0]["likely"] is Double)
        let assumed = try #require(found[0]["assumed"] as? String)
        for word in ["framework", "attention", "optimizer", "mem_kind"] {
            #expect(assumed.contains(word), "\(assumed)")
        }
    }

    /// A changed cell and words of the reason why the row is skipped.
    struct Case: Sendable, CustomTestStringConvertible {
        let cell: String
        let value: String
        let reason: String
        var testDescription: String { "\(cell)=\(value)" }
    }

    @Test(arguments: [
        Case(cell: "seq_len", value: " ", reason: "seq_len is"),
        Case(cell: "micro_batch", value: "-3", reason: "micro_batch is \"-3\""),
        Case(cell: "micro_batch", value: "9999999", reason: "expected at most 16777216"),
        Case(cell: "seq_len", value: "1e300", reason: "seq_len is \"1e300\""),
        Case(cell: "peak_gib_per_gpu", value: "NaN", reason: "expected a number"),
        Case(cell: "peak_gib_per_gpu", value: "1e300", reason: "expected a number from"),
        Case(cell: "peak_gib_per_gpu", value: "-1", reason: "expected a number from"),
        Case(cell: "mem_kind", value: "guess", reason: "mem_kind is \"guess\""),
        Case(cell: "sharding", value: "tp0+fsdp8", reason: "expected tpN with N from 1 up"),
        Case(cell: "model", value: "Llama-2-7C", reason: "did you mean"),
        Case(cell: "model", value: "nobody has this", reason: "no architecture is known"),
        Case(cell: "strategy", value: "prayer", reason: "\"prayer\" is not modelled"),
        Case(cell: "n_gpus", value: "0", reason: "n_gpus is \"0\""),
        Case(cell: "lora_rank", value: "99999999999999999999", reason: "lora_rank is"),
    ])
    func aBadRowIsSkippedWithItsReasonAndTheOthersAreNot(_ bad: Case) throws {
        let found = try lines(file([["id": "bad", bad.cell: bad.value], [:]]))
        try #require(found.count == 2)
        let reason = try #require(found[0]["skipped_reason"] as? String)
        #expect(reason.contains(bad.reason), "\(reason)")
        #expect(found[0]["id"] as? String == "bad" && found[0]["likely"] is NSNull)
        #expect(found[1]["likely"] is Double)
    }

    @Test func aRowWithTooFewCellsIsSkipped() throws {
        let found = try lines(file([[:]]) + "short,HF\n" + "\"quoted, \"\"id\"\"\",HF,,\n")
        try #require(found.count == 3)
        #expect(found[1]["id"] as? String == "short")
        #expect(found[2]["id"] as? String == "quoted, \"id\"")
        for row in found.dropFirst() {
            #expect((row["skipped_reason"] as? String)?.contains("cells, the header has") == true)
        }
    }

    @Test func theOtherSchemaIsToldByItsColumns() throws {
        let columns = [
            "id", "model", "strategy", "gpu", "n_gpus", "tp", "pp", "micro_batch", "global_batch",
            "seq_len", "tokens_per_s_per_gpu", "peak_gib_per_gpu", "notes",
        ]
        let found = try lines(
            file(
                [
                    ["tp": "1", "notes": "peak by nvidia-smi"],
                    ["id": "mine-2", "peak_gib_per_gpu": "", "tokens_per_s_per_gpu": "1"],
                    ["id": "mine-3", "n_gpus": "8", "pp": "2", "tp": "2", "strategy": "pretrain"],
                ].map { $0.merging(["peak_gib_per_gpu": "20"]) { first, _ in first } },
                columns: columns))
        try #require(found.count == 3)
        #expect(found[0]["kind"] as? String == "nvidia-smi" && found[0]["likely"] is Double)
        #expect((found[1]["skipped_reason"] as? String)?.contains("no memory to compare") == true)
        #expect(found[2]["likely"] is Double)
    }

    @Test func modelsBesideTheFileComeFirst() throws {
        let place = try Workplace()
        try place.write("runs.csv", file([["model": "Llama-2-7B"], ["id": "b", "model": "mine"]]))
        try place.write(
            "models.csv",
            """
            model,hidden,layers,heads,kv_heads,head_dim,intermediate,vocab,tied,notes,source
            Llama-2-7B,512,4,8,8,64,1024,32000,no,"SwiGLU, RMSNorm",me
            mine,1024,4,8,8,128,2048,32000,no,"SwiGLU, RMSNorm",me

            """)
        let ending = try place.succeed([
            "backtest", "--measurements", "runs.csv", "--format", "json",
        ])
        let found = try #require(
            try JSONSerialization.jsonObject(with: Data(ending.output.utf8)) as? [[String: Any]])
        let likely = found.compactMap { $0["likely"] as? Double }
        #expect(likely.count == 2 && likely[0] < 3 && likely[1] < 3)
    }

    @Test(arguments: [
        ("", "header"), ("a,b\n1,2\n", "schema of neither memory.csv nor throughput.csv"),
        ("id,model,strategy\nx,y,z\n", "schema of neither"), ("id,model\n\"x,y\n", "never ends"),
    ])
    func aFileInNoSchemaIsRefused(text: String, words: String) throws {
        let place = try Workplace()
        try place.write("runs.csv", text)
        let ending = try place.run(["backtest", "--measurements", "runs.csv"])
        #expect(ending.status == 3)
        #expect(ending.errors.contains("runs.csv") && ending.errors.contains(words))
    }

    @Test func aFileWithoutRowsHasNoLines() throws {
        #expect(try lines(file([])).isEmpty)
        #expect(try Workplace().run(["backtest", "--measurements", "none.csv"]).status == 3)
    }

    @Test(arguments: [["--profile", "tranformers"], ["--quality", "E"], ["--quality", ""]])
    func badOptionsAreRefused(_ arguments: [String]) throws {
        let place = try Workplace()
        try place.write("runs.csv", file([[:]]))
        let ending = try place.run(["backtest", "--measurements", "runs.csv"] + arguments)
        #expect(ending.status == 64, "\(ending.errors)")
    }

    @Test func rowsAreChosenByHeldOutAndQuality() throws {
        let rows = (0 ..< 12).map {
            ["id": "row-\($0)", "notes": $0 % 2 == 0 ? "q=A; x" : "q=C; y"]
        }
        let some = try lines(file(rows), more: ["--quality", "a"])
        #expect(some.count == 6)
        let held = try lines(file(rows), more: ["--held-out-only"])
        #expect(!held.isEmpty && held.count < 12)
    }

    @Test func theReportHasEveryPartAndIsTheSameTwice() throws {
        let place = try Workplace()
        try place.write(
            "runs.csv",
            file((0 ..< 6).map { ["id": "row-\($0)", "notes": "q=A; x"] } + [["model": "?"]]))
        var texts: [String] = []
        for folder in ["one", "two"] {
            try place.succeed(["backtest", "--measurements", "runs.csv", "--output", folder])
            texts.append(
                try ["md", "csv", "svg"].map {
                    String(
                        decoding: try place.data("\(folder)/backtest-memory.\($0)"), as: UTF8.self)
                }.joined())
            #expect(place.exists("\(folder)/manifest.json"))
        }
        #expect(texts[0] == texts[1])
        for words in ["## Bars", "farthest off", "cannot be predicted", "<svg", "row-5"] {
            #expect(texts[0].contains(words), "\(words)")
        }
        let checked = try place.run(["backtest", "--measurements", "runs.csv", "--check"])
        #expect([0, 1].contains(checked.status))
    }
}
