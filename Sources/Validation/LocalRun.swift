import Engine
import Foundation
import Quantities
import StepPrograms
import Training
import TrainingSteps

/// What a real run of a few steps showed, as one process tells another.
package struct LocalRun: Sendable, Codable {
    /// The most memory the process ever had, as the operating system counts it.
    package var peak: Bytes
    /// Memory of the process before the step's arena was mapped.
    package var atStart: Bytes
    /// Wall-clock time of each step.
    package var stepSeconds: [Double]
    /// Loss of each step.
    package var losses: [Double]
    /// Median time of each op, in the order of the program's ops, all repetitions together.
    package var opSeconds: [Double]
    /// Spans of the last step.
    package var spans: [TimedOp]

    /// One execution.
    package struct TimedOp: Sendable, Codable {
        /// Index into the program's ops.
        package var op: Int
        /// Since the start of the step.
        package var start: Double
        /// How long it took.
        package var duration: Double
    }

    package init(
        peak: Bytes, atStart: Bytes, stepSeconds: [Double], losses: [Double],
        opSeconds: [Double], spans: [TimedOp]
    ) {
        self.peak = peak
        self.atStart = atStart
        self.stepSeconds = stepSeconds
        self.losses = losses
        self.opSeconds = opSeconds
        self.spans = spans
    }

    /// The typical step: median without the first, which maps memory and warms caches.
    package var typicalStep: Double {
        let later = stepSeconds.dropFirst().sorted()
        return later.isEmpty ? stepSeconds.first ?? 0 : later[later.count / 2]
    }
}

/// Trains for a few steps and reports what that took.
///
/// - Parameters:
///   - trainer: a loaded trainer.
///   - atStart: memory of the process before the trainer was made.
///   - steps: how many steps.
///   - inputs: the microbatches of a step.
/// - Throws: `TrainingError` when the loss is no number.
/// - Returns: what was measured.
package func measure(
    _ trainer: inout Trainer, atStart: Bytes, steps: Int, inputs: (Int) -> [StepInput]
) throws -> LocalRun {
    var seconds: [Double] = []
    var losses: [Double] = []
    var times = [[Double]](repeating: [], count: trainer.step.program.ops.count)
    var last: StepTrace?
    for step in 0 ..< steps {
        let record = try trainer.train(on: inputs(step))
        seconds.append(record.seconds)
        losses.append(record.loss)
        let trace = trainer.executor.trace()
        var sums = [Double](repeating: 0, count: times.count)
        for span in trace.spans { sums[span.op] += span.duration.rawValue }
        if step > 0 || steps == 1 {
            for (op, sum) in sums.enumerated() { times[op].append(sum) }
        }
        last = trace
    }
    return LocalRun(
        peak: ProcessMemory.peak(), atStart: atStart, stepSeconds: seconds, losses: losses,
        opSeconds: times.map { $0.sorted()[$0.count / 2] },
        spans: last?.spans.map {
            .init(op: $0.op, start: $0.start.rawValue, duration: $0.duration.rawValue)
        } ?? [])
}
