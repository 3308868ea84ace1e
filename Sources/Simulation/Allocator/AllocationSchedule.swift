import Quantities
import StepPrograms

/// Which tensors are made and freed at each op of a program.
struct AllocationSchedule {
    /// A tensor that begins or ends at an op.
    struct Use {
        let tensor: Int32
        /// Whether it outlives a repetition of its section: it then begins in the first and ends in the last.
        let isCarried: Bool
    }

    /// Lists by op, one after the other.
    struct Lists<Element> {
        private var bounds: [Int]
        private var elements: [Element]

        /// Sorts elements by op; those of one op keep their order.
        init(_ pairs: [(op: Int, element: Element)], opCount: Int) {
            bounds = [Int](repeating: 0, count: opCount + 1)
            for pair in pairs { bounds[pair.op + 1] += 1 }
            for op in 0 ..< opCount { bounds[op + 1] += bounds[op] }
            var next = bounds
            var order = [Int](repeating: 0, count: pairs.count)
            for (index, pair) in pairs.enumerated() {
                order[next[pair.op]] = index
                next[pair.op] += 1
            }
            elements = order.map { pairs[$0].element }
        }

        /// The places of an op's elements.
        func places(_ op: Int) -> Range<Int> { bounds[op] ..< bounds[op + 1] }

        subscript(_ place: Int) -> Element { elements[place] }
    }

    /// Bytes of each tensor.
    let sizes: [Bytes]
    /// The stream on which each tensor is made: 0 computes, 1 gathers, 2 scatters, as in FSDP
    /// (`torch/distributed/fsdp/_runtime_utils.py`, `_init_streams`).
    let streams: [UInt8]
    /// Tensors that exist before the first step.
    let loaded: [Int32]
    /// Pinned tensors that the first step makes, by op.
    let created: Lists<Int32>
    /// Other tensors by the op before which they are made.
    let starts: Lists<Use>
    /// Other tensors by the op after which they are freed.
    let ends: Lists<Use>

    init(_ program: StepProgram, stateCreation: CachingAllocator.StateCreation) {
        let uses = Self.uses(program)
        var loaded: [Int32] = []
        var created: [(op: Int, element: Int32)] = []
        var starts: [(op: Int, element: Use)] = []
        var ends: [(op: Int, element: Use)] = []
        for (index, spec) in program.tensors.enumerated() where spec.base == nil {
            let span = uses[index]
            if spec.role.isPinned {
                let isLate =
                    spec.role == .optimizerState && stateCreation == .firstStep
                    && span.first <= span.last
                if isLate {
                    created.append((span.first, Int32(index)))
                } else {
                    loaded.append(Int32(index))
                }
            } else if span.first <= span.last {
                let use = Use(tensor: Int32(index), isCarried: span.isCarried)
                starts.append((span.first, use))
                ends.append((span.last, use))
            }
        }
        let count = program.sections.reduce(0) { $0 + $1.ops.count }
        streams = Self.streams(program)
        sizes = program.tensors.map { $0.base == nil ? $0.bytes : .zero }
        self.loaded = loaded
        self.created = Lists(created, opCount: count)
        self.starts = Lists(starts, opCount: count)
        self.ends = Lists(ends, opCount: count)
    }

    private static func streams(_ program: StepProgram) -> [UInt8] {
        var streams = [UInt8](repeating: 0, count: program.tensors.count)
        for section in program.sections {
            for op in section.ops {
                guard case .collective(let collective) = op.kind, collective.group == .data else {
                    continue
                }
                let stream: UInt8 = if case .allGather = collective { 1 } else { 2 }
                for write in op.writes {
                    streams[program.storage(of: write.tensor).index] = stream
                }
            }
        }
        return streams
    }

    /// From the first to the last op that touches a tensor's storage; empty when none does.
    private struct Touches {
        var first = Int.max
        var last = -1
        var section = -1
        var isCarried = false

        mutating func add(op: Int, section: Int) {
            if self.section >= 0, self.section != section { isCarried = true }
            self.section = section
            if op < first { first = op }
            if op > last { last = op }
        }
    }

    private static func uses(_ program: StepProgram) -> [Touches] {
        var uses = [Touches](repeating: Touches(), count: program.tensors.count)
        var op = 0
        for (index, section) in program.sections.enumerated() {
            for each in section.ops {
                for id in each.reads {
                    uses[program.storage(of: id).index].add(op: op, section: index)
                }
                for write in each.writes {
                    let owner = program.storage(of: write.tensor).index
                    uses[owner].add(op: op, section: index)
                    if section.repetitions > 1, write.mode == .accumulateAfterFirstRepetition {
                        uses[owner].isCarried = true
                    }
                }
                op += 1
            }
        }
        return uses
    }
}
