import ArgumentParser
import Foundation
import Quantities
import Reporting
import Training
import TrainingSteps
import Validation

/// A whole training step, paired with PyTorch on the same machine in the same run.
struct StepBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "step",
        abstract: "A whole training step, in turns with scripts/bench-reference.py.",
        discussion: """
            Each round runs this engine and then the reference, each in a process of its own. Ratios are \
            taken round by round and their median is quoted. Without --python only this engine runs.
            """)

    @Argument(help: "The model: a GGUF file or a directory in Hugging Face layout.")
    var model: String
    @Option(help: "lora, full or both, separated by commas.")
    var strategies = "lora,full"
    @Option(help: "Rows of a step.")
    var batch = 4
    @Option(help: "Tokens of a row.")
    var length = 256
    @Option(help: "Steps measured in a round, after one that is not.")
    var steps = 4
    @Option(help: "Rounds.")
    var rounds = 3
    @Option(help: "Threads of both sides.")
    var threads = 2
    @Option(help: "A Python with torch, transformers and peft, for the reference.")
    var python: String?

    func run() throws {
        var table = Table(
            columns: [
                .init("strategy"), .init("round"), .init("step"), .init("tokens/s"),
                .init("peak"), .init("reference step"), .init("reference tokens/s"),
                .init("reference peak"), .init("speed ratio"), .init("memory ratio"),
            ])
        for strategy in strategies.split(separator: ",").map(String.init) {
            var ratios: [(speed: Double, memory: Double)] = []
            for round in 1 ... rounds {
                let own = try StepMeasurement.own(self, strategy)
                let reference = try python.map {
                    try StepMeasurement.reference(self, strategy, python: $0)
                }
                if let reference {
                    ratios.append((reference.seconds / own.seconds, own.peak / reference.peak))
                }
                table.append(row(strategy, String(round), own, reference))
            }
            guard !ratios.isEmpty else { continue }
            let speed = ratios.map(\.speed).sorted()[ratios.count / 2]
            let memory = ratios.map(\.memory).sorted()[ratios.count / 2]
            table.notes.append(
                "\(strategy): median of \(rounds) paired rounds: \(fixed(speed, 2))× the reference's "
                    + "tokens/s, \(fixed(memory, 2))× its peak memory")
        }
        print(table.text(as: .table))
    }

    private func row(
        _ strategy: String, _ round: String, _ own: StepMeasurement, _ reference: StepMeasurement?
    ) -> [Cell] {
        let tokens = Double(batch * length)
        return [
            .text(strategy), .text(round), .quantity(Seconds(own.seconds)),
            .number(tokens / own.seconds, decimals: 0), .quantity(own.peak),
            .quantity(reference.map { Seconds($0.seconds) }),
            reference.map { .number(tokens / $0.seconds, decimals: 0) } ?? .empty,
            .quantity(reference?.peak),
            reference.map { .number($0.seconds / own.seconds, decimals: 2) } ?? .empty,
            reference.map { .number(own.peak / $0.peak, decimals: 2) } ?? .empty,
        ]
    }
}

/// Median step time and process peak of one side.
struct StepMeasurement {
    let seconds: Double
    let peak: Bytes

    /// This engine, in a process of its own.
    static func own(_ bench: StepBench, _ strategy: String) throws -> StepMeasurement {
        let data = try output(
            of: "/proc/self/exe",
            [
                "step-child", bench.model, "--strategy", strategy, "--batch", "\(bench.batch)",
                "--length", "\(bench.length)", "--steps", "\(bench.steps)", "--threads",
                "\(bench.threads)",
            ])
        let run = try JSONDecoder().decode(LocalRun.self, from: data)
        return StepMeasurement(seconds: run.typicalStep, peak: run.peak)
    }

    /// PyTorch eager with transformers and PEFT.
    static func reference(
        _ bench: StepBench, _ strategy: String, python: String
    ) throws -> StepMeasurement {
        struct Report: Decodable {
            struct Result: Decodable {
                let median_step_seconds: Double
                let peak_bytes: Int
            }
            let results: [Result]
        }
        let data = try output(
            of: python,
            [
                "scripts/bench-reference.py", bench.model, "--strategy", strategy, "--batch",
                "\(bench.batch)", "--length", "\(bench.length)", "--steps", "\(bench.steps)",
                "--warmup", "1", "--threads", "\(bench.threads)",
            ])
        guard let result = try JSONDecoder().decode(Report.self, from: data).results.first else {
            throw ValidationError("the reference reported nothing")
        }
        return StepMeasurement(
            seconds: result.median_step_seconds, peak: Bytes(result.peak_bytes))
    }

    private static func output(of program: String, _ arguments: [String]) throws -> Data {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        if program == "/proc/self/exe" {
            process.executableURL = URL(fileURLWithPath: program).resolvingSymlinksInPath()
        }
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw ValidationError("\(program) ended with \(process.terminationStatus)")
        }
        return data
    }
}

/// The engine's side of a round.
struct StepChild: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "step-child", abstract: "One side of `step`.", shouldDisplay: false)

    @Argument var model: String
    @Option var strategy: String
    @Option var batch = 4
    @Option var length = 256
    @Option var steps = 4
    @Option var threads = 2

    func run() throws {
        let base = try LoadedBase.open(model)
        let shape = BatchShape(sequences: batch, length: length)
        var trainer = try Trainer(
            base.architecture, weights: base.weights(seed: 0),
            configuration: TrainingConfiguration(
                strategy: strategy == "full" ? .full : .lora(LowRank()), batch: shape,
                schedule: Schedule(
                    shape: .constant, learningRate: 1e-5, warmupSteps: 0, totalSteps: steps + 1),
                optimizer: OptimizerConfiguration(), profile: LocalProfile(workers: threads),
                seed: 0), workers: .init(count: threads))
        let vocabulary = Int32(base.architecture.vocabularySize)
        let tokens = (0 ..< Int32(shape.rows)).map { ($0 &* 7919 &+ 13) % vocabulary }
        let last = length - 1
        let input = StepInput(
            tokens: tokens,
            targets: tokens.indices.map { $0 % length == last ? -1 : tokens[$0 + 1] },
            segmentStarts: (0 ..< shape.rows).map { Int32($0 / length * length) },
            tokenCount: shape.rows)
        let run = try measure(&trainer, atStart: .zero, steps: steps + 1) { _ in [input] }
        FileHandle.standardOutput.write(try JSONEncoder().encode(run))
    }
}
