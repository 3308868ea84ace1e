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

    /// The definition of the plan: each tensor is compared with every one placed before it.
    private func naiveOffsets(_ program: StepProgram, _ liveness: Liveness) -> [Int?] {
        func size(_ id: Int) -> Int {
            program.tensors[id].bytes.rounded(upTo: MemoryPlan.alignment).count
        }
        var offsets = [Int?](repeating: nil, count: program.tensors.count)
        var floor = 0
        let owners = program.tensors.indices.filter { liveness.ranges[$0] != nil }
        for id in owners where program.tensors[id].role.isPinned {
            offsets[id] = floor
            floor += size(id)
        }
        var placed: [Int] = []
        let order = owners.filter { offsets[$0] == nil }.sorted {
            (size($1), $0) < (size($0), $1)
        }
        for id in order {
            guard let range = liveness.ranges[id] else { continue }
            var (free, best, tightest) = (floor, Int?.none, Int.max)
            let taken = placed.filter { liveness.ranges[$0]?.overlaps(range) ?? false }
                .compactMap { other in offsets[other].map { ($0, $0 + size(other)) } }
            for (start, end) in taken.sorted(by: { $0.0 < $1.0 }) {
                if start - free >= size(id), start - free < tightest {
                    (best, tightest) = (free, start - free)
                }
                free = max(free, end)
            }
            offsets[id] = best ?? free
            placed.append(id)
        }
        return offsets
    }

    /// Tensors of random sizes, each written at one op and read last at a later one.
    private func programOfRandomLifetimes(seed: UInt64, tensorCount: Int) throws -> StepProgram {
        var random = Seeded(state: seed)
        var tensors = [TensorSpec(name: "input", shape: Shape(16), role: .input)]
        var reads: [[TensorID]] = []
        var lastReads: [[TensorID]] = Array(repeating: [], count: 2 * tensorCount + 2)
        for op in 0 ..< tensorCount {
            let id = TensorID(tensors.count)
            tensors.append(
                TensorSpec(
                    name: "t\(op)", shape: Shape(Int.random(in: 1 ... 600, using: &random)),
                    role: .activation))
            // Most live shortly, some until the end, as what the backward pass reads does.
            let isKept = Int.random(in: 0 ..< 4, using: &random) == 0
            let last = isKept ? 2 * tensorCount - op : op + Int.random(in: 1 ... 6, using: &random)
            lastReads[last].append(id)
            reads.append(lastReads[op])
        }
        var ops: [Op] = []
        for (op, ids) in lastReads.enumerated() {
            let write = op < tensorCount ? TensorID(op + 1) : TensorID(0)
            for id in ids {
                ops.append(
                    Op(
                        .copy, reads: [id], writes: [Write(id, .overwrite)], phase: .forward,
                        scope: Scope(.residual)))
            }
            ops.append(
                Op(
                    .copy, reads: [TensorID(0)], writes: [Write(write, .overwrite)],
                    phase: .forward, scope: Scope(.residual)))
        }
        return StepProgram(
            tensors: tensors, sections: [Section(.microbatch, ops: ops)], origin: "seed \(seed)")
    }

    @Test(arguments: [(1, 30), (2, 100), (3, 300), (4, 1000)] as [(UInt64, Int)])
    func placesRandomLifetimesAsTheDefinitionDoes(seed: UInt64, tensorCount: Int) throws {
        let program = try programOfRandomLifetimes(seed: seed, tensorCount: tensorCount)
        let liveness = Liveness(program)
        let plan = MemoryPlan(program, liveness: liveness)
        #expect(plan.offsets == naiveOffsets(program, liveness))
        // Every byte of the arena that is taken at an op is taken once.
        var starting: [Int: [Int]] = [:]
        for (id, range) in liveness.ranges.enumerated() {
            if let range { starting[range.lowerBound, default: []].append(id) }
        }
        var live: [Int] = []
        for op in program.ops.indices {
            live.removeAll { liveness.ranges[$0].map { $0.upperBound < op } ?? true }
            live += starting[op] ?? []
            let blocks = live.compactMap { id in
                plan.offsets[id].map { ($0, $0 + program.tensors[id].bytes.count) }
            }.sorted { $0.0 < $1.0 }
            #expect(blocks.count == live.count)
            for (block, next) in zip(blocks, blocks.dropFirst()) { #expect(block.1 <= next.0) }
            #expect((blocks.last?.1 ?? 0) <= plan.size.count)
        }
    }

    /// A step of a very deep model: what each layer keeps, and what it needs for a moment.
    @Test func aVeryDeepProgramIsPlannedInMoments() throws {
        let program = try programOfRandomLifetimes(seed: 5, tensorCount: 20_000)
        let liveness = Liveness(program)
        let began = ContinuousClock.now
        let plan = MemoryPlan(program, liveness: liveness)
        // A plan that compares all pairs takes minutes.
        #expect(ContinuousClock.now - began < .seconds(60))
        #expect(plan.size >= liveness.peak)
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
