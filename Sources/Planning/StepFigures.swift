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
        let ops = program.ops
        let op = ops[liveness.peakOp]
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
            for op in section.ops {
                tally.add(op.kind.name, op.phase, program.cost(of: op, occupancy: occupancy), 1)
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
    private struct Key: Hashable {
        let kind: String
        let phase: Phase
        let cost: OpCost
    }
    private var places: [Key: Int] = [:]
    private(set) var groups: [StepFigures.OpGroup] = []

    /// How many ops are like those of a group.
    func count(like group: StepFigures.OpGroup) -> Int {
        let key = Key(kind: group.kind, phase: group.phase, cost: group.cost)
        return places[key].map { groups[$0].count } ?? 0
    }

    mutating func add(_ kind: String, _ phase: Phase, _ cost: OpCost, _ count: Int) {
        let key = Key(kind: kind, phase: phase, cost: cost)
        if let place = places[key] {
            groups[place].count += count
        } else {
            places[key] = groups.count
            groups.append(.init(kind: kind, phase: phase, cost: cost, count: count))
        }
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
