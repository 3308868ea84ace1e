import Quantities
import StepPrograms

/// Keeps the times of ops without allocating while a step runs.
struct SpanRecorder {
    private struct Record {
        var op: Int32
        var repetition: Int32
        var began: Double
        var ended: Double
    }

    private var records: [Record] = []
    private let capacity: Int

    init(capacity: Int) {
        self.capacity = capacity
        records.reserveCapacity(capacity)
    }

    mutating func reset() { records.removeAll(keepingCapacity: true) }

    mutating func record(op: Int, repetition: Int, began: Double, ended: Double) {
        guard records.count < capacity else { return }
        records.append(
            Record(op: Int32(op), repetition: Int32(repetition), began: began, ended: ended))
    }

    func trace(liveness: Liveness) -> StepTrace {
        let origin = records.first?.began ?? 0
        return StepTrace(
            spans: records.map {
                Span(
                    op: Int($0.op), repetition: Int($0.repetition),
                    start: Seconds($0.began - origin),
                    duration: Seconds($0.ended - $0.began))
            },
            memory: records.map {
                MemorySample(
                    op: Int($0.op), time: Seconds($0.began - origin),
                    live: liveness.live[Int($0.op)])
            })
    }
}
