import Architectures
import Quantities
import Simulation
import StepPrograms
import TrainingSteps

/// What a step program comes to, without a device: its peak of memory and its ops by cost.
///
/// Equal ops are counted, so pricing a program on another device takes a few hundred multiplications.
package struct StepFigures: Sendable, Hashable {
    /// Ops that cost the same.
    package struct OpGroup: Sendable, Hashable {
        /// The name of their kind.
        package let kind: String
        /// The part of the step.
        package let phase: Phase
        /// The cost of each.
        package let cost: OpCost
        /// How many there are.
        package var count: Int
    }

    /// The moment at which most memory is in use.
    package struct Peak: Sendable, Hashable {
        /// Bytes by role.
        package var byRole: [Role: Bytes]
        /// The op that runs then.
        package var op: String
        /// Their sum.
        package var total: Bytes { byRole.values.reduce(.zero, +) }

        /// An op and its place, for people.
        static func describe(_ op: Op, layer: Int?) -> String {
            let scope = Scope(op.scope.module, layer: layer)
            return "\(op.kind.name) of \(scope) (\(op.phase.rawValue))"
        }
    }

    /// The peak.
    package let peak: Peak
    /// Ops of one microbatch.
    package let microbatch: [OpGroup]
    /// Ops that run once a step.
    package let once: [OpGroup]

    package init(peak: Peak, microbatch: [OpGroup], once: [OpGroup]) {
        self.peak = peak
        self.microbatch = microbatch
        self.once = once
    }

    /// Reads the figures off a program.
    package init(_ program: StepProgram, occupancy: Occupancy) {
        let liveness = Liveness(program)
        let op = program.op(at: liveness.peakOp)
        peak = Peak(
            byRole: liveness.breakdown(program, at: liveness.peakOp),
            op: Peak.describe(op, layer: op.scope.layer))
        microbatch = Self.tally(program, isMicrobatch: true, occupancy: occupancy).groups
        once = Self.tally(program, isMicrobatch: false, occupancy: occupancy).groups
    }

    /// The ops of one microbatch, or those that run once a step, by cost.
    static func tally(
        _ program: StepProgram, isMicrobatch: Bool, occupancy: Occupancy
    ) -> OpTally {
        var tally = OpTally()
        for section in program.sections where (section.name == .microbatch) == isMicrobatch {
            let ops = section.ops.span
            for place in ops.indices {
                tally.add(
                    ops[place].kind.name, ops[place].phase,
                    program.cost(of: ops[place], occupancy: occupancy), 1)
            }
        }
        return tally
    }

    /// FLOPs of a step of so many microbatches.
    package func flops(microbatches: Int) -> FLOPs {
        func sum(_ groups: [OpGroup]) -> FLOPs {
            groups.reduce(.zero) { $0 + $1.cost.flops * Double($1.count) }
        }
        return sum(microbatch) * Double(microbatches) + sum(once)
    }

    /// The time of each phase in a step of so many microbatches on a device.
    package func durations(
        on device: DeviceModel, microbatches: Int
    ) -> [Phase: Seconds] {
        var result: [Phase: Seconds] = [:]
        for (groups, factor) in [(microbatch, Double(microbatches)), (once, 1)] {
            for group in groups {
                result[group.phase, default: .zero] +=
                    device.rate(ofKind: group.kind).duration(of: group.cost)
                    * (Double(group.count) * factor)
            }
        }
        return result
    }
}

/// Counts ops of equal cost, in the order in which they first appear.
struct OpTally {
    private(set) var groups: [StepFigures.OpGroup] = []
    /// A hash table with open addressing.
    ///
    /// Places in `groups`, -1 where there is none; its length is a power of two and at least twice the
    /// number of groups.
    private var table = [Int32](repeating: -1, count: 256)

    /// How many ops are like those of a group.
    func count(like group: StepFigures.OpGroup) -> Int {
        let place = table[slot(group.kind, group.phase, group.cost)]
        return place < 0 ? 0 : groups[Int(place)].count
    }

    mutating func add(_ kind: String, _ phase: Phase, _ cost: OpCost, _ count: Int) {
        let slot = slot(kind, phase, cost)
        if table[slot] >= 0 {
            groups[Int(table[slot])].count += count
            return
        }
        table[slot] = Int32(groups.count)
        groups.append(.init(kind: kind, phase: phase, cost: cost, count: count))
        guard groups.count * 2 > table.count else { return }
        table = [Int32](repeating: -1, count: table.count * 2)
        for (index, group) in groups.enumerated() {
            table[self.slot(group.kind, group.phase, group.cost)] = Int32(index)
        }
    }

    /// Where a group is in the table, or would be.
    private func slot(_ kind: String, _ phase: Phase, _ cost: OpCost) -> Int {
        // What differs between kinds of op differs in their costs, or is told apart by comparison.
        var hash = UInt64(bitPattern: cost.traffic.rawValue) &* 0x9E37_79B9_7F4A_7C15
        hash = (hash ^ cost.flops.rawValue.bitPattern) &* 0xFF51_AFD7_ED55_8CCD
        hash = (hash ^ UInt64(kind.utf8.count)) &* 0xC4CE_B9FE_1A85_EC53
        var slot = Int(hash >> 32) & (table.count - 1)
        while table[slot] >= 0 {
            if groups[Int(table[slot])].isOf(kind, phase, cost) { break }
            slot = (slot + 1) & (table.count - 1)
        }
        return slot
    }
}

extension StepFigures.OpGroup {
    /// Whether ops of a kind, a phase and a cost belong to it.
    fileprivate func isOf(_ kind: String, _ phase: Phase, _ cost: OpCost) -> Bool {
        // Field by field: the comparison that the compiler makes calls a function for each of them.
        self.cost.traffic.rawValue == cost.traffic.rawValue
            && self.cost.flops.rawValue == cost.flops.rawValue
            && self.cost.product?.m == cost.product?.m && self.cost.product?.n == cost.product?.n
            && self.cost.product?.k == cost.product?.k && self.phase == phase && self.kind == kind
    }
}

extension StepFigures {
    /// The figures of a strategy's step, every row filled to its length.
    package static func make(
        _ architecture: Architecture, strategy: Strategy, batch: BatchShape,
        profile: TrainingProfile, checkpointing: Bool
    ) throws(ProgramError) -> StepFigures {
        try make(occupancy: .full(length: batch.length), architecture) {
            model throws(ProgramError) in
            try profile.program(
                model, strategy: strategy, batch: batch, checkpointing: checkpointing)
        }
    }

    /// The figures of a step that `program` builds for a model of any number of layers.
    package static func make(
        occupancy: Occupancy, _ architecture: Architecture,
        program: (Architecture) throws(ProgramError) -> StepProgram
    ) throws(ProgramError) -> StepFigures {
        func build(_ layerCount: Int) throws(ProgramError) -> StepProgram {
            var model = architecture
            model.layerCount = layerCount
            return try program(model)
        }
        let leading = architecture.experts?.leadingDenseLayerCount ?? 0
        let period = architecture.layerPeriod
        let repeated = architecture.layerCount - leading
        if repeated % period == 0, repeated / period >= LayerExtrapolation.leastLayerCount {
            let pair = LayerExtrapolation(
                three: try build(leading + 3 * period), four: try build(leading + 4 * period),
                leading: leading, period: period, occupancy: occupancy)
            if let figures = pair.figures(periods: repeated / period) { return figures }
        }
        return StepFigures(try program(architecture), occupancy: occupancy)
    }
}
