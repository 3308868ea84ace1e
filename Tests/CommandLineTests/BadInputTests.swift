import Foundation
import Testing

/// A command line, what it should say, and with which status it should end.
struct BadInput: Sendable, CustomTestStringConvertible {
    let arguments: [String]
    let status: Int32
    let message: String
    let file: (name: String, content: Data)?

    init(
        _ arguments: String, _ status: Int32, _ message: String,
        file: (name: String, content: String)? = nil
    ) {
        self.arguments = arguments.split(separator: " ").map(String.init)
        self.status = status
        self.message = message
        self.file = file.map { ($0.name, Data($0.content.utf8)) }
    }

    var testDescription: String { (arguments + [file?.name ?? ""]).joined(separator: " ") }

    /// Runs it in a fresh directory and checks the sentence, the status, and that nothing is left.
    func check() throws {
        let place = try Workplace()
        if let file { try place.write(file.name, file.content) }
        let before = try place.listing()
        let (base, adapter) = (try Samples.base(), try Samples.adapter())
        let ending = try place.run(
            arguments.map { $0 == "BASE" ? base : $0 == "ADAPTER" ? adapter : $0 })
        #expect(ending.status == status, "\(ending.errors)")
        #expect(!ending.wasSignalled, "\(ending.errors)")
        #expect(ending.errors.contains(message), "it said: \(ending.errors)")
        #expect(try place.listing() == before)
    }
}

@Suite(.serialized) struct BadInputTests {
    private static let train = "train --base BASE --quiet --steps 1 --output out"
    private static let plan =
        "plan --model Llama-3.1-8B --examples 100 --tokens-per-example 64 --strategies lora"
    private static let full = "\(train) --strategy full --data"
    private static let lora = "\(train) --strategy lora --data rows.jsonl"

    @Test(arguments: [
        BadInput("\(full) nothing.jsonl", 3, "nothing.jsonl: there is no such file"),
        BadInput("\(full) .", 3, ".: it is a directory"),
        BadInput("\(full) a.csv", 3, "a.csv: data sets are read as .jsonl, .json or .txt"),
        BadInput("\(full) a.jsonl", 3, "a.jsonl: the file is empty", file: ("a.jsonl", "")),
        BadInput("\(full) a.txt", 3, "a.txt: the file is empty", file: ("a.txt", "")),
        BadInput("\(full) a.jsonl", 3, "a.jsonl: the file has no rows", file: ("a.jsonl", "\n\n")),
        BadInput(
            "\(full) a.jsonl", 3, "a.jsonl:2:15: the row is not JSON: a comma",
            file: ("a.jsonl", #"{"text":"a"}"# + "\n" + #"{"prompt":"a" "completion":"b"}"#)),
        BadInput(
            "\(full) a.jsonl", 3, #"did you mean it by "completon"?"#,
            file: ("a.jsonl", #"{"prompt":"a","completon":"b"}"#)),
        BadInput(
            "\(full) a.jsonl", 3, #"a.jsonl:1: "completion" must be a string, not a number"#,
            file: ("a.jsonl", #"{"prompt":"a","completion":3}"#)),
        BadInput(
            "\(full) a.jsonl", 3, "a.jsonl:2: the row is in the text format",
            file: ("a.jsonl", #"{"prompt":"a","completion":"b"}"# + "\n" + #"{"text":"b"}"#)),
        BadInput("\(full) pairs.jsonl", 3, "chosen and rejected responses are for --strategy dpo"),
        BadInput(
            "\(train) --strategy dpo --data rows.jsonl", 3,
            "dpo needs rows with prompt, chosen and rejected"),
        BadInput("\(full) rows.jsonl --sequence-length 257", 64, "at most 256 tokens"),
        BadInput(
            "\(full) rows.jsonl --sequence-length 3", 3,
            "no row has any part of its response within 3 tokens"),
        BadInput(
            "\(lora) --held-out pairs.jsonl", 64, "pairs.jsonl is in the preference format"),
        BadInput("\(lora) --held-out 2", 64, "it must lie between 0 and 1"),
        BadInput(
            "evaluate --base BASE --data rows.jsonl --shots 1", 64,
            "no row is left for worked examples"),
        BadInput(
            "evaluate --base BASE --data rows.jsonl --shots 1 --shots-from book.txt", 3,
            "book.txt: the row of line"),
        BadInput(
            "evaluate --base BASE --data rows.jsonl --adapter rows.jsonl", 3,
            "rows.jsonl/adapter_config.json: cannot be read: a part of the path is a file"),
        BadInput("inspect nothing.jsonl", 3, "nothing.jsonl: there is no such file"),
        BadInput("inspect .", 3, "neither model.safetensors nor"),
    ])
    func data(_ input: BadInput) throws { try input.check() }

    @Test(arguments: [
        BadInput("\(lora) --batch-size 0", 64, "--batch-size must be at least 1, not 0"),
        BadInput("\(lora) --batch-size=-1", 64, "--batch-size must be at least 1, not -1"),
        BadInput("\(lora) --batch-size 99999999", 64, "--batch-size must be at most 16777216"),
        BadInput("\(lora) --batch-size 99999999999999999999", 64, "is invalid for '--batch-size"),
        BadInput("\(lora) --rank 0", 64, "--rank must be at least 1, not 0"),
        BadInput("\(lora) --rank 65537", 64, "--rank must be at most 65536"),
        BadInput("\(lora) --steps 0", 64, "--steps must be at least 1, not 0"),
        BadInput("\(lora) --beta nan", 64, "--beta must be a positive finite number"),
        BadInput("\(lora) --alpha inf", 64, "--alpha must be a positive finite number"),
        BadInput("\(lora) --learning-rate nan", 64, "--learning-rate must be a finite number"),
        BadInput("\(lora) --learning-rate=-1", 64, "--learning-rate must be a finite number"),
        BadInput("\(lora) --warmup-steps=-1", 64, "--warmup-steps must not be negative"),
        BadInput("\(lora) --threads 0", 64, "--threads must lie between 1 and 1024"),
        BadInput("\(lora) --targets q_prj", 64, "called 'q_prj'; did you mean q_proj?"),
        BadInput("\(lora) --from-scratch", 64, "--from-scratch needs --strategy full"),
        BadInput("\(train) --strategy lroa --data rows.jsonl", 64, "The value 'lroa' is invalid"),
        BadInput("\(full) rows.jsonl --adapter ADAPTER", 64, "--adapter needs a strategy that"),
        BadInput(
            "\(train) --strategy dpo --policy full --data pairs.jsonl --adapter ADAPTER", 64,
            "not dpo with --policy full"),
        BadInput("inspect rows.jsonl --base BASE --batch-size 0", 64, "--batch-size must lie"),
        BadInput(
            "inspect rows.jsonl --base BASE --tokens --sequence-length=-5", 64,
            "--sequence-length must lie between"),
        BadInput("inspect rows.jsonl --base BASE --limit=-1", 64, "--limit must lie between"),
        BadInput("evaluate --base BASE --data rows.jsonl --limit 0", 64, "--limit must lie"),
        BadInput(
            "evaluate --base BASE --data rows.jsonl --max-new-tokens 9223372036854775807", 64,
            "--max-new-tokens must lie between"),
        BadInput("calibrate --base BASE --shapes 1x", 64, "'1x' is no shape"),
        BadInput("calibrate --base BASE --shapes ,", 64, "must name at least one"),
        BadInput(
            "calibrate --base BASE --strategies loar", 64, "called 'loar'; did you mean lora?"),
        BadInput("calibrate --base BASE --steps 1", 64, "--steps must lie between 2 and"),
        BadInput("calibrate --base BASE --memory-tolerance nan", 64, "tolerances must be positive"),
        BadInput("\(plan) --epochs 9223372036854775807", 64, "it must be at most 1048576"),
        BadInput("\(plan) --batch-size 9223372036854775807", 64, "it must be at most 16777216"),
        BadInput(
            "plan --model Llama-3.1-8B --examples 1099511627776 --tokens-per-example 131072 "
                + "--epochs 1000", 64, "The number of tokens of the run is"),
        BadInput("\(plan) --rank 99999999999", 64, "a rank must be less"),
        BadInput("\(plan) --max-usd=-5", 64, "--max-usd must be a positive number"),
        BadInput("\(plan) --deadline 1e400h", 64, "--deadline must be a number with"),
        BadInput("trian", 64, "trian"),
    ])
    func numbersAndNames(_ input: BadInput) throws { try input.check() }

    @Test(arguments: [
        BadInput(
            "\(lora) --learning-rate 1e30 --steps 4", 4, "lower --learning-rate"),
        BadInput(
            "\(full) rows.jsonl --learning-rate 1e39", 4, "nothing was saved: lower"),
        BadInput(
            "\(lora) --batch-size 16777216 --sequence-length 256", 4,
            "this machine does not grant"),
        BadInput(
            "\(train) --strategy continued-pretraining --data book.txt --batch-size 16777216 "
                + "--sequence-length 256", 4, "this machine does not grant"),
        BadInput(
            "\(train) --strategy dpo --data pairs.jsonl --batch-size 16777216", 4,
            "this machine does not grant"),
        BadInput("\(lora) --rank 65536 --adapter nowhere", 3, "nowhere/adapter_config.json"),
        BadInput(
            "\(lora) --adapter \(Repository.path("Tests/Fixtures/models/tiny-llama-lora"))", 3,
            "its shape is [4, 64] and should be [4, 32]"),
        BadInput(
            "train --base BASE --quiet --steps 1 --strategy lora --data rows.jsonl "
                + "--output rows.jsonl", 4, "rows.jsonl: exists and is not a folder"),
        BadInput(
            "train --base BASE --quiet --steps 1 --strategy lora --data rows.jsonl --output own",
            4, "own: is not empty and has no manifest.json", file: ("own/mine.txt", "mine")),
        BadInput(
            "train --base BASE --quiet --steps 1 --strategy lora --data rows.jsonl "
                + "--output /proc/nowhere", 4, "/proc/nowhere: cannot be written"),
        BadInput(
            "evaluate --base BASE --data rows.jsonl --limit 1 --max-new-tokens 1 --quiet "
                + "--logits nowhere/logits.json", 4, "nowhere/logits.json: cannot be written"),
    ])
    func whatThisMachineCannotDo(_ input: BadInput) throws { try input.check() }

    /// To wait for somebody to write into it would never end.
    @Test func aPipeIsNoDataSet() throws {
        let place = try Workplace()
        #expect(mkfifo("\(place.path)/pipe.jsonl", 0o600) == 0)
        let ending = try place.run(["inspect", "pipe.jsonl", "--base", try Samples.base()])
        #expect(ending.status == 3)
        #expect(ending.errors.contains("pipe.jsonl: it is not a regular file"))
    }
}
