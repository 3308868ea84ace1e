import Engine
import Quantities
import StepPrograms

/// A micro-benchmark of one kind of op at one size, as a step program of several copies of it.
///
/// Copies work on tensors of their own, so that operands come from memory as they do in a step and
/// not from the cache that the last run warmed.
package struct KernelProbe: Sendable {
    /// Tensors of one copy are made, and the op emitted, by this.
    let emit: @Sendable (inout ProgramBuilder, Int) -> Void
    /// The occupancy that its cost is counted with.
    var occupancy = Occupancy.full(length: 1)
    /// The sizes of workspaces.
    var workspaces: WorkspaceSizes
    /// The most copies that are made.
    var mostCopies = 24

    /// What one kind of op cost and how long it took.
    package struct Sample: Sendable, Hashable {
        /// The name of the kind.
        package let kind: String
        /// Its cost.
        package let cost: OpCost
        /// Median time of one execution.
        package let seconds: Double

        package init(kind: String, cost: OpCost, seconds: Double) {
            self.kind = kind
            self.cost = cost
            self.seconds = seconds
        }
    }

    /// Runs the probe.
    ///
    /// - Throws: `EngineError` when memory is refused, `ProgramError` when the probe is malformed.
    func run(workers: Workers) throws -> [Sample] {
        let single = try program(copies: 1)
        let operands = single.tensors.filter { $0.role.isPinned && $0.base == nil }
        let bytes = max(operands.reduce(0) { $0 + $1.bytes.count }, 1)
        // A step sweeps through its whole arena: tens of mebibytes for a small model, so that operands
        // lie in the last-level cache when it comes back to them, far more for a larger one.
        let copies = min(mostCopies, max(2, (96 << 20) / bytes))
        let program = try program(copies: copies)
        var executor = try Executor(program, workers: workers)
        fill(&executor)
        executor.run(section: 0)
        var times: [Int: [Double]] = [:]
        let began = Executor.now()
        var rounds = 0
        while rounds < 3 || (Executor.now() - began < 0.08 && rounds < 40) {
            executor.beginStep()
            executor.run(section: 0)
            for span in executor.trace().spans {
                times[span.op, default: []].append(span.duration.rawValue)
            }
            rounds += 1
        }
        return samples(program, times)
    }

    private func program(copies: Int) throws -> StepProgram {
        var b = ProgramBuilder(workspaces: workspaces)
        for copy in 0 ..< copies { emit(&b, copy) }
        b.endSection(.scoring)
        return try b.finish(origin: "probe")
    }

    /// Small varied numbers everywhere: denormals and infinities would change the speed.
    private func fill(_ executor: inout Executor) {
        for (index, spec) in executor.program.tensors.enumerated() {
            let id = TensorID(index)
            guard spec.role.isPinned, spec.base == nil else { continue }
            let count = spec.shape.count
            switch spec.format {
            case .float32: executor.write(floats(count, shift: index), to: id)
            case .int32: executor.write(integers(spec), to: id)
            case .nf4: executor.writeQuantized(floats(count, shift: index), to: id)
            case .bfloat16, .float16, .float8, .int8, .int4: continue
            }
        }
    }

    private func floats(_ count: Int, shift: Int) -> [Float] {
        let offset = Float(shift % 7) * 0.01 - 0.5
        return (0 ..< count).map { (place: Int) -> Float in Float(place % 251) * 0.004 + offset }
    }

    /// Ids stay small enough for every table; segment starts follow the probe's longest segment.
    private func integers(_ spec: TensorSpec) -> [Int32] {
        let count = spec.shape.count
        if spec.name.hasPrefix("segment-starts") {
            let length = occupancy.longestSegment
            return (0 ..< count).map { Int32($0 / length * length) }
        }
        if spec.name.hasPrefix("positions") {
            return [Int32](repeating: Int32(occupancy.longestSegment - 1), count: count)
        }
        if spec.name.hasPrefix("slots") { return (0 ..< count).map(Int32.init) }
        return (0 ..< count).map { Int32($0 * 37 % 509) }
    }

    private func samples(_ program: StepProgram, _ times: [Int: [Double]]) -> [Sample] {
        var byCost: [String: (cost: OpCost, times: [Double])] = [:]
        for (index, op) in program.ops.enumerated() {
            let cost = program.cost(of: op, occupancy: occupancy)
            byCost[op.kind.name, default: (cost, [])].times += times[index] ?? []
        }
        return byCost.sorted { $0.key < $1.key }.map { kind, entry in
            let sorted = entry.times.sorted()
            return Sample(kind: kind, cost: entry.cost, seconds: sorted[sorted.count / 2])
        }
    }
}
