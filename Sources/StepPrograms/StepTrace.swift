import Quantities

/// One execution of one op.
package struct Span: Sendable, Hashable {
    /// Index into `StepProgram.ops`.
    package let op: Int
    /// Which repetition of its section.
    package let repetition: Int
    /// Time since the start of the step.
    package let start: Seconds
    /// How long it took.
    package let duration: Seconds

    package init(op: Int, repetition: Int, start: Seconds, duration: Seconds) {
        self.op = op
        self.repetition = repetition
        self.start = start
        self.duration = duration
    }
}

/// Memory in use at one moment.
package struct MemorySample: Sendable, Hashable {
    /// Index into `StepProgram.ops` of the op that runs then.
    package let op: Int
    /// Time since the start of the step.
    package let time: Seconds
    /// Bytes of live tensors.
    package let live: Bytes

    package init(op: Int, time: Seconds, live: Bytes) {
        self.op = op
        self.time = time
        self.live = live
    }
}

/// What both interpreters of a step program return: the simulator its prediction, the engine its
/// measurement.
package struct StepTrace: Sendable, Hashable {
    /// Executions in order.
    package let spans: [Span]
    /// Memory over the step.
    package let memory: [MemorySample]

    package init(spans: [Span], memory: [MemorySample]) {
        self.spans = spans
        self.memory = memory
    }

    /// From the start of the first span to the end of the last.
    package var duration: Seconds {
        guard let first = spans.first, let last = spans.last else { return .zero }
        return last.start + last.duration - first.start
    }

    /// The most memory in use at any moment.
    package var peak: Bytes { memory.map(\.live).max() ?? .zero }
}
