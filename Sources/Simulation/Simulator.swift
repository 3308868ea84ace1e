import Quantities
import StepPrograms

/// Predicts what running a step program on a device would show.
package func simulate(
    _ program: StepProgram, on device: DeviceModel, occupancy: Occupancy,
    liveness: Liveness? = nil
) -> StepTrace {
    let liveness = liveness ?? Liveness(program)
    var spans: [Span] = []
    var memory: [MemorySample] = []
    var time = Seconds.zero
    var first = 0
    for section in program.sections {
        let durations = section.ops.map {
            device.duration(of: $0, in: program, occupancy: occupancy)
        }
        for repetition in 0 ..< section.repetitions {
            for (index, duration) in durations.enumerated() {
                let op = first + index
                spans.append(Span(op: op, repetition: repetition, start: time, duration: duration))
                memory.append(MemorySample(op: op, time: time, live: liveness.live[op]))
                time += duration
            }
        }
        first += section.ops.count
    }
    return StepTrace(spans: spans, memory: memory)
}
