import Quantities

/// When each tensor's storage must hold: from the op that first writes it to the op that last reads it.
package struct Liveness: Sendable {
    /// For each tensor that owns storage: indices into `StepProgram.ops`; the whole step for pinned ones;
    /// nil for tensors that share another's storage or that no op touches.
    package let ranges: [ClosedRange<Int>?]
    /// Bytes live while each op runs.
    package let live: [Bytes]
    /// The index of an op at which most bytes are live.
    package let peakOp: Int
    /// The most bytes live at any op.
    package var peak: Bytes { live.isEmpty ? .zero : live[peakOp] }

    /// Derives lifetimes from who reads and writes what.
    package init(_ program: StepProgram) {
        let (uses, opCount) = Self.uses(program)
        var ranges = [ClosedRange<Int>?](repeating: nil, count: uses.count)
        // What begins and ends to live at each op, and behind the last.
        var change = [Int64](repeating: 0, count: opCount + 1)
        let tensors = program.tensors.span
        for index in tensors.indices where tensors[index].base == nil {
            let range: ClosedRange<Int>
            if tensors[index].role.isPinned {
                range = 0 ... max(opCount - 1, 0)
            } else if uses[index].last >= 0 {
                range = Int(uses[index].first) ... Int(uses[index].last)
            } else {
                continue
            }
            ranges[index] = range
            change[range.lowerBound] += tensors[index].bytes.rawValue
            change[min(range.upperBound + 1, opCount)] -= tensors[index].bytes.rawValue
        }
        var current: Int64 = 0
        var most = Int64.min
        var peakOp = 0
        var live: [Bytes] = []
        live.reserveCapacity(opCount)
        for index in 0 ..< opCount {
            current += change[index]
            live.append(Bytes(rawValue: current))
            if current > most { (most, peakOp) = (current, index) }
        }
        self.live = live
        self.ranges = ranges
        self.peakOp = peakOp
    }

    /// The first and the last op that touches each tensor's storage; the last is -1 where none does.
    private static func uses(
        _ program: StepProgram
    ) -> (uses: [(first: Int32, last: Int32)], opCount: Int) {
        let owners = program.owners
        var uses = [(first: Int32, last: Int32)](
            repeating: (.max, -1), count: program.tensors.count)
        var index: Int32 = 0
        for section in program.sections {
            let (start, end) = (index, index + Int32(section.ops.count) - 1)
            let ops = section.ops.span
            for place in ops.indices {
                for read in 0 ..< ops[place].reads.count {
                    let owner = owners[ops[place].reads[read].index]
                    uses[owner].first = min(uses[owner].first, index)
                    uses[owner].last = max(uses[owner].last, index)
                }
                for result in 0 ..< ops[place].writes.count {
                    let write = ops[place].writes[result]
                    let owner = owners[write.tensor.index]
                    uses[owner].first = min(uses[owner].first, index)
                    uses[owner].last = max(uses[owner].last, index)
                    // What one repetition leaves for the next lives through the whole section.
                    if section.repetitions > 1, write.mode == .accumulateAfterFirstRepetition {
                        uses[owner].first = min(uses[owner].first, start)
                        uses[owner].last = max(uses[owner].last, end)
                    }
                }
                index += 1
            }
        }
        return (uses, Int(index))
    }

    /// Bytes by role while an op runs; their sum is `live[op]` exactly.
    package func breakdown(_ program: StepProgram, at op: Int) -> [Role: Bytes] {
        let roles = Role.allCases
        var sums = [Bytes?](repeating: nil, count: roles.count)
        for index in ranges.indices {
            guard let range = ranges[index], range.contains(op) else { continue }
            let place = program.tensors[index].role.place
            sums[place] = (sums[place] ?? .zero) + program.tensors[index].bytes
        }
        return Dictionary(
            uniqueKeysWithValues: zip(roles, sums).compactMap { role, sum in
                sum.map { (role, $0) }
            })
    }

    /// The tensors whose last use is an op: their storage is free afterwards.
    package func ending(at op: Int, in program: StepProgram) -> [TensorID] {
        ranges.indices.filter { index in
            ranges[index]?.upperBound == op && !program.tensors[index].role.isPinned
        }.map(TensorID.init)
    }
}
