import Planning
import Quantities
import Reporting
import Simulation
import StepPrograms
import TrainingSteps
import Validation

/// Memory by role over one step, as a chart and as a Chrome trace.
struct StepTimeline {
    private let program: StepProgram
    private let trace: StepTrace
    private let isTimed: Bool
    /// For each role, bytes while each op runs.
    private let layers: [(role: Role, bytes: [Bytes])]

    init(_ explanation: Explanation, timing: StepTiming?) {
        program = explanation.program
        isTimed = timing != nil
        // Without a device every op counts as long as any other.
        let even = DeviceModel(
            name: "", memory: .zero, basis: "every op takes equally long", rates: [:],
            otherwise: KernelRate(overhead: Seconds(1)))
        trace = simulate(
            program, on: timing?.model ?? even,
            occupancy: .full(length: explanation.run.configuration.batch.length),
            liveness: explanation.liveness)
        let opCount = program.ops.count
        var changes: [Role: [Int64]] = [:]
        for (index, range) in explanation.liveness.ranges.enumerated() {
            guard let range else { continue }
            let spec = program.tensors[index]
            changes[spec.role, default: [Int64](repeating: 0, count: opCount + 1)][
                range.lowerBound] += spec.bytes.rawValue
            if range.upperBound < opCount {
                changes[spec.role]?[range.upperBound + 1] -= spec.bytes.rawValue
            }
        }
        layers = Role.allCases.compactMap { role in
            guard let change = changes[role] else { return nil }
            var live: Int64 = 0
            return (
                role,
                change.dropLast().map { delta in
                    live += delta
                    return Bytes(rawValue: live)
                }
            )
        }
    }

    /// The chart as SVG.
    func svg(title: String) -> String {
        StackedAreaChart(
            ChartHeading("Memory over one step", subtitle: title),
            horizontalTitle: isTimed ? "Time (s)" : "Ops run", verticalTitle: "Memory (GiB)",
            times: trace.memory.map(\.time.rawValue),
            layers: layers.map { role, bytes in
                .init(role.rawValue, trace.memory.map { bytes[$0.op].gibibytes })
            }
        ).svg()
    }

    /// The ops and the memory by role as a Chrome trace; without a device an op takes a second.
    func trace(title: String) -> String {
        let ops = program.ops
        var result = Trace()
        result.name(process: 1, title)
        for span in trace.spans {
            let op = ops[span.op]
            result.events.append(
                TraceEvent(
                    op.kind.name, category: op.phase.rawValue,
                    kind: .span(duration: span.duration.rawValue * 1e6),
                    start: span.start.rawValue * 1e6, process: 1,
                    arguments: [.init("scope", .string(op.scope.description))]))
        }
        for sample in trace.memory {
            result.events.append(
                TraceEvent(
                    "memory (MiB)", category: "memory", kind: .counter,
                    start: sample.time.rawValue * 1e6, process: 1,
                    arguments: layers.map { role, bytes in
                        .init(role.rawValue, .number(bytes[sample.op].mebibytes))
                    }))
        }
        return result.text()
    }
}
