import Quantities
import StepPrograms

/// The peaks that a caching allocator reaches over the first steps of a program.
package struct AllocatorPeaks: Sendable, Hashable {
    /// The most bytes handed out at once.
    package let allocated: Bytes
    /// The most bytes taken from the device at once.
    package let reserved: Bytes
}

extension CachingAllocator {
    /// Replays the allocations of two steps.
    ///
    /// Weights, inputs and buffers come first; the optimizer's states are made in the optimizer of the
    /// first step, when the memory of its backward pass is cached already; the second step runs beside
    /// them. A tensor is allocated by the op that first writes it and freed after the op that last reads
    /// it.
    ///
    /// - Throws: `OutOfMemory` when `limit` is too little.
    package static func replay(
        _ program: StepProgram, limit: Bytes? = nil
    ) throws(OutOfMemory) -> AllocatorPeaks {
        let liveness = Liveness(program)
        let plan = ReplayPlan(program, liveness)
        var allocator = CachingAllocator(limit: limit)
        for id in plan.resident { _ = try allocator.allocate(program.tensors[id].bytes) }
        var blocks = [BlockID?](repeating: nil, count: program.tensors.count)
        for step in 0 ..< 2 {
            for (index, events) in plan.events.enumerated() {
                if step == 0, index == plan.statesAt {
                    for id in plan.states { _ = try allocator.allocate(program.tensors[id].bytes) }
                }
                for id in events.begins {
                    blocks[id] = try allocator.allocate(
                        program.tensors[id].bytes, stream: plan.streams[id])
                }
                for id in events.ends {
                    if let block = blocks[id] { allocator.deallocate(block) }
                    blocks[id] = nil
                }
            }
        }
        return AllocatorPeaks(
            allocated: allocator.allocatedPeak, reserved: allocator.reservedPeak)
    }
}

/// What is allocated and freed around each op.
private struct ReplayPlan {
    struct Events {
        var begins: [Int] = []
        var ends: [Int] = []
    }

    /// Tensors that are there before the first step.
    var resident: [Int] = []
    /// The optimizer's states.
    var states: [Int] = []
    /// The op that makes them.
    var statesAt: Int?
    /// For each op.
    var events: [Events]
    /// The stream that each tensor belongs to: 0 computes, 1 gathers, 2 scatters.
    var streams: [Int]

    init(_ program: StepProgram, _ liveness: Liveness) {
        let ops = program.ops
        events = [Events](repeating: Events(), count: ops.count)
        streams = [Int](repeating: 0, count: program.tensors.count)
        for op in ops {
            guard case .collective(let collective) = op.kind, collective.group == .data else {
                continue
            }
            let stream = if case .allGather = collective { 1 } else { 2 }
            for write in op.writes { streams[write.tensor.index] = stream }
        }
        statesAt = ops.firstIndex { $0.kind == .optimizerUpdate }
        for (id, range) in liveness.ranges.enumerated() {
            guard let range else { continue }
            let role = program.tensors[id].role
            if role == .optimizerState, statesAt != nil {
                states.append(id)
            } else if role.isPinned {
                resident.append(id)
            } else {
                events[range.lowerBound].begins.append(id)
                events[range.upperBound].ends.append(id)
            }
        }
    }
}
