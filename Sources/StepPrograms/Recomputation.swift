/// Making forward results again instead of keeping them.
extension ProgramBuilder {
    /// The name a forward tensor goes by in the backward pass, made again first when it was not kept.
    mutating func saved(_ id: TensorID) -> TensorID {
        if let op = recomputable[id], renamed[id] == nil {
            _ = emitAgain([op])
        }
        return now(id)
    }

    /// The current name of a forward tensor.
    func now(_ id: TensorID) -> TensorID { renamed[id] ?? id }

    /// Emits forward ops again with fresh results and returns the new ops.
    mutating func emitAgain(_ block: [Op]) -> [Op] {
        let (phaseBefore, scopeBefore) = (phase, scope)
        phase = .recompute
        defer { (phase, scope) = (phaseBefore, scopeBefore) }
        return block.map { op in
            scope = op.scope
            let reads = op.reads.map { saved($0) }
            let writes = op.writes.map { Write(freshName(of: $0), $0.mode) }
            let copy = Op(op.kind, reads: reads, writes: writes, phase: .recompute, scope: op.scope)
            ops.append(copy)
            for (old, new) in zip(op.writes, writes) where recomputable[old.tensor] == op {
                recomputable[new.tensor] = copy
            }
            return copy
        }
    }

    private mutating func freshName(of write: Write) -> TensorID {
        if write.mode != .overwrite { return now(write.tensor) }
        let old = spec(write.tensor)
        let id = tensor(
            isEager ? old.name : "\(old.name).again.\(tensors.count)", old.shape, old.role,
            format: old.format,
            base: old.base.map { now($0) })
        renamed[write.tensor] = id
        if differentiable.contains(write.tensor) { differentiable.insert(id) }
        return id
    }

    /// The ops without those emitted again whose results nothing reads.
    func withoutUnreadRecomputation(_ ops: [Op]) -> [Op] {
        var needed: Set<TensorID> = []
        var kept: [Op] = []
        for op in ops.reversed() {
            let isUsed =
                op.phase != .recompute || op.writes.isEmpty
                || op.writes.contains { needed.contains($0.tensor) }
            guard isUsed else { continue }
            for write in op.writes where write.mode == .overwrite { needed.remove(write.tensor) }
            needed.formUnion(op.reads)
            for write in op.writes where write.mode != .overwrite { needed.insert(write.tensor) }
            kept.append(op)
        }
        return kept.reversed()
    }
}
