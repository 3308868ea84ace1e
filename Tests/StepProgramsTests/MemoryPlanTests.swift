import Quantities
import StepPrograms
import Testing

/// A small seeded generator, so that failures repeat.
private struct Seeded: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

@Suite struct MemoryPlanTests {
    /// A random chain of copies and sums over tensors of random sizes.
    private func randomProgram(seed: UInt64) throws -> StepProgram {
        var random = Seeded(state: seed)
        var tensors = [TensorSpec(name: "input", shape: Shape(64), role: .input)]
        var ops: [Op] = []
        let repetitions = Int.random(in: 1 ... 3, using: &random)
        for index in 1 ... Int.random(in: 2 ... 40, using: &random) {
            let sources = tensors.indices.filter { tensors[$0].shape == tensors[0].shape }
            let source = sources.randomElement(using: &random) ?? 0
            tensors.append(
                TensorSpec(
                    name: "t\(index)", shape: tensors[source].shape,
                    role: Bool.random(using: &random) ? .activation : .workspace))
            let mode: WriteMode =
                Bool.random(using: &random)
                ? .overwrite : .accumulateAfterFirstRepetition
            ops.append(
                Op(
                    .copy, reads: [TensorID(source)], writes: [Write(TensorID(index), mode)],
                    phase: .forward, scope: Scope(.residual)))
        }
        let program = StepProgram(
            tensors: tensors,
            sections: [Section(.microbatch, repetitions: repetitions, ops: ops)],
            origin: "seed \(seed)")
        try program.verify()
        return program
    }

    @Test func liveTensorsNeverOverlapAndTheArenaHoldsThePeak() throws {
        for seed in UInt64(0) ..< 200 {
            let program = try randomProgram(seed: seed)
            let liveness = Liveness(program)
            let plan = MemoryPlan(program, liveness: liveness)
            #expect(plan.size >= liveness.peak, "seed \(seed)")
            for a in program.tensors.indices {
                for b in program.tensors.indices where b > a {
                    guard let ra = liveness.ranges[a], let rb = liveness.ranges[b],
                        ra.overlaps(rb), let oa = plan.offsets[a], let ob = plan.offsets[b]
                    else { continue }
                    let ends = (
                        oa + program.tensors[a].bytes.count, ob + program.tensors[b].bytes.count
                    )
                    #expect(
                        ends.0 <= ob || ends.1 <= oa,
                        "seed \(seed): \(program.tensors[a].name), \(program.tensors[b].name)")
                }
            }
        }
    }

    @Test func breakdownSumsToTheTotalAtEveryOp() throws {
        for seed in UInt64(0) ..< 50 {
            let program = try randomProgram(seed: seed)
            let liveness = Liveness(program)
            for op in program.ops.indices {
                let sum = liveness.breakdown(program, at: op).values.reduce(Bytes.zero, +)
                #expect(sum == liveness.live[op])
            }
        }
    }

    @Test func accumulatorsLiveThroughARepeatedSection() throws {
        let tensors = [
            TensorSpec(name: "x", shape: Shape(4), role: .input),
            TensorSpec(name: "first", shape: Shape(4), role: .activation),
            TensorSpec(name: "sum", shape: Shape(4), role: .gradient),
        ]
        func copy(_ from: Int, _ to: Int, _ mode: WriteMode) -> Op {
            Op(
                .copy, reads: [TensorID(from)], writes: [Write(TensorID(to), mode)],
                phase: .forward, scope: Scope(.residual))
        }
        let ops = [
            copy(0, 1, .overwrite), copy(1, 2, .accumulateAfterFirstRepetition),
        ]
        for (repetitions, expected) in [(1, 1 ... 1), (2, 0 ... 1)] {
            let program = StepProgram(
                tensors: tensors,
                sections: [Section(.microbatch, repetitions: repetitions, ops: ops)], origin: "")
            #expect(Liveness(program).ranges[2] == expected)
        }
    }
}
