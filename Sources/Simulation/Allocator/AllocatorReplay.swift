import Quantities
import StepPrograms

/// What the allocator held while the first two optimizer steps of a program ran.
package struct AllocatorPeaks: Sendable, Hashable {
    /// The most in one step.
    package struct Step: Sendable, Hashable {
        /// Bytes of blocks in use (`max_memory_allocated`).
        package let allocated: Bytes
        /// Bytes taken from the device (`max_memory_reserved`).
        package let reserved: Bytes

        /// How much more is held than used.
        package var ratio: Double { reserved / allocated }

        init(_ statistics: AllocatorStatistics) {
            allocated = statistics.allocated.peak
            reserved = statistics.reserved.peak
        }
    }

    /// From loading to the end of the first step, in which the optimizer's state is made.
    package let first: Step
    /// The second step, as all later ones.
    package let steady: Step
    /// What the allocator counted at the end.
    package let statistics: AllocatorStatistics

    /// The most bytes of blocks in use in either step.
    package var allocated: Bytes { max(first.allocated, steady.allocated) }
    /// The most bytes taken from the device in either step.
    package var reserved: Bytes { max(first.reserved, steady.reserved) }
}

extension CachingAllocator {
    /// When the optimizer's state comes into being.
    package enum StateCreation: Sendable, Hashable {
        /// In the first call of the optimizer (`torch.optim`).
        case firstStep
        /// Before training (DeepSpeed's `initialize_optimizer_states`, Megatron's `init_state_fn`).
        case beforeTraining
    }

    /// Runs two optimizer steps of a program through a new allocator.
    ///
    /// Pinned tensors are made first, in the program's order, but for the optimizer's state, which is made
    /// where it is first used. Every other tensor is made before the op that first touches it and freed
    /// after the op that last touches it; what a section leaves for its next repetition or for a later
    /// section stays. What collectives write has streams of its own. A repeated section runs `repetitions` times.
    ///
    /// `warmUp` is a block that is made and freed before everything else: transformers asks for the size
    /// of all weights when it loads them with a device map (4.57 `modeling_utils.py`,
    /// `caching_allocator_warmup`), so that they share one segment.
    ///
    /// - Throws: ``OutOfMemory`` with the tensor and the op when the limit is reached.
    /// - Returns: the peaks of both steps.
    package static func replay(
        _ program: StepProgram, settings: AllocatorSettings = AllocatorSettings(),
        limit: Bytes? = nil, stateCreation: StateCreation = .firstStep, repetitions: Int = 2,
        warmUp: Bytes = .zero
    ) throws(OutOfMemory) -> AllocatorPeaks {
        var replay = Replay(
            schedule: AllocationSchedule(program, stateCreation: stateCreation),
            allocator: CachingAllocator(settings: settings, limit: limit))
        if warmUp > .zero { replay.allocator.free(try replay.allocator.allocate(warmUp)) }
        try replay.load()
        try replay.step(program, isFirst: true, repetitions: repetitions)
        let first = AllocatorPeaks.Step(replay.allocator.statistics)
        replay.allocator.resetPeaks()
        try replay.step(program, isFirst: false, repetitions: repetitions)
        return AllocatorPeaks(
            first: first, steady: AllocatorPeaks.Step(replay.allocator.statistics),
            statistics: replay.allocator.statistics)
    }
}

/// An allocator that follows a schedule.
private struct Replay {
    let schedule: AllocationSchedule
    var allocator: CachingAllocator
    var held: [CachingAllocator.BlockID?]

    init(schedule: AllocationSchedule, allocator: CachingAllocator) {
        self.schedule = schedule
        self.allocator = allocator
        held = [CachingAllocator.BlockID?](repeating: nil, count: schedule.sizes.count)
    }

    mutating func load() throws(OutOfMemory) {
        for tensor in schedule.loaded { try allocate(tensor, op: nil) }
    }

    mutating func step(
        _ program: StepProgram, isFirst: Bool, repetitions: Int
    ) throws(OutOfMemory) {
        var start = 0
        for section in program.sections {
            let count = section.repetitions > 1 ? min(section.repetitions, repetitions) : 1
            for repetition in 0 ..< count {
                for op in start ..< start + section.ops.count {
                    try run(
                        op, isFirst: isFirst, opens: repetition == 0,
                        closes: repetition == count - 1)
                }
            }
            start += section.ops.count
        }
    }

    private mutating func run(
        _ op: Int, isFirst: Bool, opens: Bool, closes: Bool
    ) throws(OutOfMemory) {
        if isFirst, opens {
            for place in schedule.created.places(op) {
                try allocate(schedule.created[place], op: op)
            }
        }
        for place in schedule.starts.places(op) {
            let use = schedule.starts[place]
            if opens || !use.isCarried { try allocate(use.tensor, op: op) }
        }
        for place in schedule.ends.places(op) {
            let use = schedule.ends[place]
            guard closes || !use.isCarried, let block = held[Int(use.tensor)] else { continue }
            allocator.free(block)
            held[Int(use.tensor)] = nil
        }
    }

    private mutating func allocate(_ tensor: Int32, op: Int?) throws(OutOfMemory) {
        // An empty tensor has no storage.
        guard schedule.sizes[Int(tensor)] > .zero else { return }
        do {
            held[Int(tensor)] = try allocator.allocate(
                schedule.sizes[Int(tensor)], stream: Int(schedule.streams[Int(tensor)]))
        } catch {
            var error = error
            error.tensor = TensorID(Int(tensor))
            error.op = op
            throw error
        }
    }
}
