import ArgumentParser
import Foundation
import Quantities
import Reporting
import Training
import Validation

/// Runs a few steps in a process of its own and reports what they took; used by `calibrate`.
struct MeasureCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "measure",
        abstract: "Run a few steps and report time and memory as JSON (used by calibrate).",
        shouldDisplay: false)

    @OptionGroup var baseOption: BaseOption
    @Option var data: String
    @OptionGroup var options: TrainingOptions
    @OptionGroup var threads: ThreadsOption
    @Flag(help: "Do everything but the steps.")
    var dryStart = false

    func run() throws {
        let session = try TrainingSession(
            basePath: try baseOption.path(), data: data, heldOut: nil, options: options,
            threads: threads.threads, fixedLength: options.sequenceLength)
        let inputs = (0 ..< max(1, options.steps ?? 1)).map { session.inputs(step: $0) }
        let run: LocalRun
        if dryStart {
            let arena = try Validation.dryStart(
                session.base, configuration: session.configuration, input: inputs[0][0],
                workers: threads.workers)
            run = LocalRun(
                peak: ProcessMemory.peak() - arena, atStart: ProcessMemory.current(),
                stepSeconds: [], losses: [], opSeconds: [], spans: [])
        } else {
            let atStart = ProcessMemory.current()
            var trainer = try session.makeTrainer(workers: threads.workers)
            run = try measure(&trainer, atStart: atStart, steps: inputs.count) { inputs[$0] }
        }
        StandardStreams.output(try JSONEncoder().encode(run), failureStatus: Failure.couldNot)
    }
}

/// Runs `measure` as a child process.
enum MeasuringChild {
    /// Starts this program again and reads what it measured.
    ///
    /// - Throws: `Failure` with the child's own sentence when it ends badly.
    static func run(_ arguments: [String]) throws -> LocalRun {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = ["measure"] + arguments
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        do {
            try process.run()
        } catch {
            throw Failure("a measuring process cannot be started: \(error)", code: Failure.couldNot)
        }
        InterruptCleanup.attend(child: process.processIdentifier)
        defer { InterruptCleanup.attend(child: 0) }
        let data = output.fileHandleForReading.readDataToEndOfFile()
        let message = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationReason == .exit, process.terminationStatus == 0 else {
            let reason = String(decoding: message, as: UTF8.self)
                .trimmingCharacters(in: .whitespacesAndNewlines)
            let signal = process.terminationReason == .uncaughtSignal
            throw Failure(
                signal
                    ? "a measuring process was stopped by signal \(process.terminationStatus)"
                        + " (out of memory?)"
                    : reason.replacingOccurrences(of: "tuneplan: ", with: ""),
                code: signal ? Failure.couldNot : process.terminationStatus)
        }
        return try JSONDecoder().decode(LocalRun.self, from: data)
    }
}
