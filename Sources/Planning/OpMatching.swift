import StepPrograms

/// For each op of a program the same op of a program of fewer layers.
///
/// Ops are the same when phase, layer, part of the model and kind are, and as many have gone before in
/// that phase of that layer. Layers from a certain one on are counted from the end: they are those of
/// so many layers before.
struct OpMatching {
    /// For each op of the larger program its place in the smaller one; -1 for updates of weights that
    /// the smaller one does not have.
    private(set) var places: [Int32]

    /// Matches two programs; nil when they differ by more than layers and their updates.
    init?(_ small: StepProgram, _ large: StepProgram, firstShifted: Int, by shift: Int) {
        let (smaller, larger) = (OpQueues(small), OpQueues(large))
        places = [Int32](repeating: -1, count: larger.ops.count)
        for key in 0 ..< larger.queueCount {
            let queue = larger.range(key)
            if queue.isEmpty { continue }
            let (phase, layer) = (key % OpQueues.phaseCount, key / OpQueues.phaseCount - 1)
            let other = smaller.range(
                layer >= firstShifted ? key - shift * OpQueues.phaseCount : key)
            var count = 0
            while count < min(queue.count, other.count),
                smaller.ops[other.lowerBound + count].isLike(larger.ops[queue.lowerBound + count])
            {
                places[Int(larger.ops[queue.lowerBound + count].index)] =
                    smaller.ops[other.lowerBound + count].index
                count += 1
            }
            let isComplete =
                count == queue.count || phase == OpQueues.optimizer && count == other.count
            guard isComplete else { return nil }
        }
    }
}

/// The ops of a program by layer and phase, in order within each.
private struct OpQueues {
    /// What an op is compared by.
    struct Member {
        let kind: OpKind
        let module: Scope.Module
        let index: Int32

        func isLike(_ other: Member) -> Bool { module == other.module && kind == other.kind }
    }

    static let phaseCount = Phase.allCases.count
    /// The place of the optimizer among phases.
    static let optimizer = Phase.optimizer.place

    /// All ops, queue after queue.
    private(set) var ops: [Member]
    /// Where each queue begins, and the end.
    private var starts: [Int]
    var queueCount: Int { starts.count - 1 }

    init(_ program: StepProgram) {
        var counts: [Int] = []
        for section in program.sections {
            let ops = section.ops.span
            for place in ops.indices {
                let key = Self.key(ops[place])
                while counts.count <= key { counts.append(0) }
                counts[key] += 1
            }
        }
        starts = [0]
        for count in counts { starts.append(starts[starts.count - 1] + count) }
        var next = starts
        let nothing = Member(kind: .release, module: .loss, index: 0)
        ops = [Member](repeating: nothing, count: starts[starts.count - 1])
        var index: Int32 = 0
        for section in program.sections {
            let all = section.ops.span
            for place in all.indices {
                let key = Self.key(all[place])
                ops[next[key]] = Member(
                    kind: all[place].kind, module: all[place].scope.module, index: index)
                next[key] += 1
                index += 1
            }
        }
    }

    /// The places of a queue in `ops`; those outside the layers come first.
    func range(_ key: Int) -> Range<Int> {
        key >= 0 && key < queueCount ? starts[key] ..< starts[key + 1] : 0 ..< 0
    }

    private static func key(_ op: Op) -> Int {
        ((op.scope.layer ?? -1) + 1) * phaseCount + op.phase.place
    }
}

extension Phase {
    /// Its place in `allCases`.
    fileprivate var place: Int {
        switch self {
        case .reference: 0
        case .forward: 1
        case .recompute: 2
        case .backward: 3
        case .optimizer: 4
        }
    }
}
