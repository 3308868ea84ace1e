import Glibc
import Quantities
import StepPrograms

/// Runs a step program on this machine.
///
/// All tensors lie in one arena at the offsets of the program's memory plan; nothing is allocated
/// after `init`.
package struct Executor: ~Copyable {
    /// The program it runs.
    package let program: StepProgram
    /// Where tensors lie.
    package let plan: MemoryPlan
    /// When tensors live.
    package let liveness: Liveness
    /// Who shares the work of an op.
    let workers: Workers
    /// How nested scales of NF4 weights take their codes.
    private let nestedRounding: NestedRounding
    private let arena: Arena
    private let pointers: [UnsafeMutableRawPointer]
    private let sectionStarts: [Int]
    private var recorder: SpanRecorder
    private let dead: [[TensorID]]?

    /// Prepares a program: plans its memory and maps the arena.
    ///
    /// - Parameters:
    ///   - program: the program.
    ///   - workers: who shares the work of an op.
    ///   - overwritesDeadTensors: fills every tensor with NaN after its last use, so that a lifetime
    ///     that is too short shows in the results (test mode).
    ///   - nestedRounding: how nested scales of NF4 weights take their codes.
    /// - Throws: `EngineError` when memory is refused or a format has no kernels.
    package init(
        _ program: StepProgram, workers: Workers, overwritesDeadTensors: Bool = false,
        nestedRounding: NestedRounding = .standard
    ) throws(EngineError) {
        for spec in program.tensors {
            switch spec.format {
            case .float32, .int32, .nf4: continue
            case .bfloat16, .float16, .float8, .int8, .int4:
                throw .unsupportedFormat(tensor: spec.name, format: spec.format.name)
            }
        }
        for op in program.ops {
            switch op.kind {
            case .elementwise, .collective, .optimizerUpdate, .release:
                throw .unsupportedOp(op.kind.name)
            case .linear, .linearInputGradient, .linearWeightGradient:
                let isStack = (op.reads + op.writes.map(\.tensor)).contains {
                    program[$0].shape.rank == 3
                }
                if isStack { throw .unsupportedOp("\(op.kind.name) of a stack of matrices") }
            default: continue
            }
        }
        let liveness = Liveness(program)
        let plan = MemoryPlan(program, liveness: liveness)
        let arena = try Arena(size: plan.size)
        let base = arena.base
        self.program = program
        self.workers = workers
        self.nestedRounding = nestedRounding
        self.liveness = liveness
        self.plan = plan
        self.arena = arena
        pointers = plan.offsets.map { base + ($0 ?? 0) }
        var start = 0
        var starts: [Int] = []
        for section in program.sections {
            starts.append(start)
            start += section.ops.count
        }
        sectionStarts = starts
        let spanCount = program.sections.reduce(0) { $0 + $1.ops.count * $1.repetitions }
        recorder = SpanRecorder(capacity: spanCount)
        if overwritesDeadTensors {
            dead = (0 ..< start).map { liveness.ending(at: $0, in: program) }
        } else {
            dead = nil
        }
        singleThreadedBLAS()
    }

    /// Runs one repetition of a section.
    ///
    /// - Parameters:
    ///   - section: index into the program's sections.
    ///   - repetition: 0 for the first; accumulators are overwritten then.
    ///   - poison: an operand that is corrupted just before its op reads it (test mode).
    package mutating func run(section: Int, repetition: Int = 0, poison: Poison? = nil) {
        let ops = program.sections[section].ops
        let start = sectionStarts[section]
        for index in ops.indices {
            if let poison, poison.op == index { corrupt(ops[index].reads[poison.read]) }
            let began = Self.now()
            execute(ops[index], isFirstRepetition: repetition == 0)
            recorder.record(
                op: start + index, repetition: repetition, began: began, ended: Self.now())
            if let dead { overwrite(dead[start + index]) }
        }
    }

    /// A read of an op that is to see wrong values.
    package struct Poison: Sendable, Hashable {
        /// Index of the op in its section.
        package let op: Int
        /// Index of the operand.
        package let read: Int

        package init(op: Int, read: Int) {
            self.op = op
            self.read = read
        }
    }

    private func corrupt(_ id: TensorID) {
        let count = program[id].shape.count
        switch program[id].format {
        case .float32:
            let values = floats(id)
            for index in 0 ..< count { values[index] = values[index] * 1.5 + 0.25 }
        case .int32:
            let values = integers(id)
            for index in 0 ..< count { values[index] = values[index] == 0 ? 1 : 0 }
        case .nf4, .bfloat16, .float16, .float8, .int8, .int4:
            let values = bytes(id)
            for index in 0 ..< (count + 1) / 2 { values[index] ^= 0x35 }
        }
    }

    /// Forgets the spans recorded so far; called at the start of a step.
    package mutating func beginStep() { recorder.reset() }

    /// What has run since `beginStep`, and the memory that was live meanwhile.
    package func trace() -> StepTrace { recorder.trace(liveness: liveness) }

    private func overwrite(_ tensors: [TensorID]) {
        for id in tensors {
            switch program[id].format {
            case .float32:
                floats(id).update(repeating: .nan, count: program[id].shape.count)
            case .int32, .nf4, .bfloat16, .float16, .float8, .int8, .int4:
                memset(pointers[id.index], 0xFF, program[id].bytes.count)
            }
        }
    }

    /// Seconds of the monotonic clock.
    package static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}

/// Access to tensors.
extension Executor {
    /// The float32 elements of a tensor.
    func floats(_ id: TensorID) -> UnsafeMutablePointer<Float> {
        pointers[id.index].assumingMemoryBound(to: Float.self)
    }

    /// The int32 elements of a tensor.
    func integers(_ id: TensorID) -> UnsafeMutablePointer<Int32> {
        pointers[id.index].assumingMemoryBound(to: Int32.self)
    }

    /// The bytes of a tensor.
    func bytes(_ id: TensorID) -> UnsafeMutablePointer<UInt8> {
        pointers[id.index].assumingMemoryBound(to: UInt8.self)
    }

    /// Lets `body` fill a float32 tensor in place.
    package func fill<E: Error>(
        _ id: TensorID, _ body: (inout MutableSpan<Float>) throws(E) -> Void
    ) throws(E) {
        invariant(program[id].format == .float32, "\(program[id].name) is not float32")
        var span = MutableSpan(
            _unsafeElements: UnsafeMutableBufferPointer(
                start: floats(id), count: program[id].shape.count))
        try body(&span)
    }

    /// Replaces the elements of a float32 tensor.
    package func write(_ values: [Float], to id: TensorID) {
        invariant(
            values.count == program[id].shape.count && program[id].format == .float32,
            "\(program[id].name) takes \(program[id].shape.count) floats, not \(values.count)")
        values.withUnsafeBufferPointer { source in
            guard let start = source.baseAddress else { return }
            floats(id).update(from: start, count: source.count)
        }
    }

    /// Replaces the elements of an int32 tensor.
    package func write(_ values: [Int32], to id: TensorID) {
        invariant(
            values.count == program[id].shape.count && program[id].format == .int32,
            "\(program[id].name) takes \(program[id].shape.count) integers, not \(values.count)")
        values.withUnsafeBufferPointer { source in
            guard let start = source.baseAddress else { return }
            integers(id).update(from: start, count: source.count)
        }
    }

    /// Stores weights in an NF4 tensor.
    package func writeQuantized(_ values: [Float], to id: TensorID) {
        guard case .nf4(let double) = program[id].format else {
            fatalError("\(program[id].name) is not stored as NF4")
        }
        invariant(
            values.count == program[id].shape.count, "\(program[id].name) has another size")
        NF4.quantize(
            values, into: bytes(id),
            layout: NF4Layout(count: values.count, doubleQuantized: double),
            rounding: nestedRounding)
    }

    /// A copy of the elements of a float32 tensor, or the values an NF4 tensor stands for.
    package func floatValues(of id: TensorID) -> [Float] {
        if case .nf4(let double) = program[id].format {
            var values = [Float](repeating: 0, count: program[id].shape.count)
            NF4.dequantize(
                bytes(id), layout: NF4Layout(count: values.count, doubleQuantized: double),
                into: &values, workers: workers)
            return values
        }
        return Array(UnsafeBufferPointer(start: floats(id), count: program[id].shape.count))
    }

    /// A copy of the elements of an int32 tensor.
    package func integerValues(of id: TensorID) -> [Int32] {
        Array(UnsafeBufferPointer(start: integers(id), count: program[id].shape.count))
    }

    /// The only element of a float32 tensor of one.
    package func scalar(_ id: TensorID) -> Float { floats(id)[0] }

    /// Adds a copy of another executor's tensor of the same shape.
    package func copy(_ id: TensorID, from other: borrowing Executor, _ source: TensorID) {
        invariant(program[id].bytes == other.program[source].bytes, "sizes differ")
        memcpy(pointers[id.index], other.pointers[source.index], program[id].bytes.count)
    }
}
