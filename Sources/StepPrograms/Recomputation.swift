/// Making forward results again instead of keeping them.
extension ProgramBuilder {
    /// The name a forward tensor goes by in the backward pass, made again first when it was not kept.
    mutating func saved(_ id: TensorID) -> TensorID {
        let note = notes[id.index]
        if let renamed = note.renamed { return renamed }
        guard note.maker >= 0 else { return id }
        _ = emitAgain([Int(note.maker)])
        return now(id)
    }

    /// The current name of a forward tensor.
    func now(_ id: TensorID) -> TensorID { notes[id.index].renamed ?? id }

    /// Emits forward ops again with fresh results.
    ///
    /// - Parameter block: places in `ops`.
    /// - Returns: the places of the new ops.
    mutating func emitAgain(_ block: [Int]) -> [Int] {
        let (phaseBefore, scopeBefore) = (phase, scope)
        phase = .recompute
        defer { (phase, scope) = (phaseBefore, scopeBefore) }
        var places: [Int] = []
        places.reserveCapacity(block.count)
        for place in block {
            let op = ops[place]
            scope = op.scope
            var (reads, writes) = (op.reads, op.writes)
            for index in reads.indices { reads[index] = saved(reads[index]) }
            for index in writes.indices {
                writes[index] = Write(freshName(of: writes[index]), writes[index].mode)
            }
            for (old, new) in zip(op.writes, writes)
            where notes[old.tensor.index].maker == place {
                notes[new.tensor.index].maker = Int32(ops.count)
            }
            places.append(ops.count)
            ops.append(
                Op(op.kind, reads: reads, writes: writes, phase: .recompute, scope: op.scope))
        }
        return places
    }

    private mutating func freshName(of write: Write) -> TensorID {
        if write.mode != .overwrite { return now(write.tensor) }
        let old = spec(write.tensor)
        let id = tensor(
            isEager ? old.name : "\(old.name).again.\(tensors.count)", old.shape, old.role,
            format: old.format,
            base: old.base.map { now($0) })
        notes[write.tensor.index].renamed = id
        if isDifferentiable(write.tensor) { notes[id.index].isDifferentiable = true }
        return id
    }

    /// The ops without those emitted again whose results nothing reads.
    func withoutUnreadRecomputation(_ ops: [Op]) -> [Op] {
        var isNeeded = [Bool](repeating: false, count: tensors.count)
        var isUnread = [Bool](repeating: false, count: ops.count)
        var unreadCount = 0
        let all = ops.span
        for place in all.indices.reversed() {
            let writeCount = all[place].writes.count
            if all[place].phase == .recompute, writeCount > 0 {
                var isUsed = false
                for index in 0 ..< writeCount where !isUsed {
                    isUsed = isNeeded[all[place].writes[index].tensor.index]
                }
                guard isUsed else {
                    isUnread[place] = true
                    unreadCount += 1
                    continue
                }
            }
            for index in 0 ..< writeCount {
                let write = all[place].writes[index]
                if write.mode == .overwrite { isNeeded[write.tensor.index] = false }
            }
            for index in 0 ..< all[place].reads.count {
                isNeeded[all[place].reads[index].index] = true
            }
            for index in 0 ..< writeCount {
                let write = all[place].writes[index]
                if write.mode != .overwrite { isNeeded[write.tensor.index] = true }
            }
        }
        guard unreadCount > 0 else { return ops }
        var kept: [Op] = []
        kept.reserveCapacity(ops.count - unreadCount)
        for place in ops.indices where !isUnread[place] { kept.append(ops[place]) }
        return kept
    }
}
