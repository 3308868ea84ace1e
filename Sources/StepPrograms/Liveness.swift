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
        let ops = program.ops
        var first = [Int](repeating: .max, count: program.tensors.count)
        var last = [Int](repeating: -1, count: program.tensors.count)
        var index = 0
        for section in program.sections {
            let range = index ..< index + section.ops.count
            for op in section.ops {
                for id in op.reads + op.writes.map(\.tensor) {
                    let owner = program.storage(of: id).index
                    first[owner] = min(first[owner], index)
                    last[owner] = max(last[owner], index)
                }
                if section.repetitions > 1 {
                    // What one repetition leaves for the next lives through the whole section.
                    for write in op.writes where write.mode == .accumulateAfterFirstRepetition {
                        let owner = program.storage(of: write.tensor).index
                        first[owner] = min(first[owner], range.lowerBound)
                        last[owner] = max(last[owner], range.upperBound - 1)
                    }
                }
                index += 1
            }
        }
        var ranges = [ClosedRange<Int>?](repeating: nil, count: program.tensors.count)
        var change = [Int64](repeating: 0, count: ops.count + 1)
        for (id, spec) in program.tensors.enumerated() where spec.base == nil {
            guard spec.role.isPinned || last[id] >= 0 else { continue }
            let range = spec.role.isPinned ? 0 ... max(ops.count - 1, 0) : first[id] ... last[id]
            ranges[id] = range
            change[range.lowerBound] += spec.bytes.rawValue
            change[range.upperBound + 1 > ops.count ? ops.count : range.upperBound + 1] -=
                spec.bytes.rawValue
        }
        var current: Int64 = 0
        let live = change.dropLast().map { delta in
            current += delta
            return Bytes(rawValue: current)
        }
        self.live = live
        self.ranges = ranges
        peakOp = live.indices.max { live[$0] < live[$1] } ?? 0
    }

    /// Bytes by role while an op runs; their sum is `live[op]` exactly.
    package func breakdown(_ program: StepProgram, at op: Int) -> [Role: Bytes] {
        var result: [Role: Bytes] = [:]
        for (index, range) in ranges.enumerated() where range?.contains(op) ?? false {
            let spec = program.tensors[index]
            result[spec.role, default: .zero] += spec.bytes
        }
        return result
    }

    /// The tensors whose last use is an op: their storage is free afterwards.
    package func ending(at op: Int, in program: StepProgram) -> [TensorID] {
        ranges.indices.filter { index in
            ranges[index]?.upperBound == op && !program.tensors[index].role.isPinned
        }.map(TensorID.init)
    }
}
