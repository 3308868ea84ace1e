import Architectures
import Quantities
import StepPrograms
import TrainingSteps

/// The figures of a model of many equal layers from those of three and of four layers, exactly; where
/// kinds of layer alternate, one repetition of them takes the place of a layer.
///
/// Memory: while an op of a given place runs, the live bytes grow by the same amount for each layer
/// that lies before it, after it or in the optimizer, so they are affine in the layer's index and in the
/// number of layers, and the peak is at the first two or the last two layers or outside them. Cost: an
/// op of a layer costs the same in every layer, and a model of one layer more has the ops of one inner
/// layer more. Only the ops that begin the optimizer read all gradients; their cost is affine too.
struct LayerExtrapolation {
    private let three: StepProgram
    private let four: StepProgram
    /// Layers before the first repetition.
    private let leading: Int
    /// Layers of one repetition.
    private let period: Int
    private let occupancy: Occupancy

    /// Models with fewer repetitions than this are built as they are.
    static let leastLayerCount = 6

    init(
        three: StepProgram, four: StepProgram, leading: Int, period: Int, occupancy: Occupancy
    ) {
        self.three = three
        self.four = four
        self.leading = leading
        self.period = period
        self.occupancy = occupancy
    }

    /// The figures of a model of so many repetitions; nil when the two programs do not differ by a layer.
    func figures(periods layerCount: Int) -> StepFigures? {
        guard let peak = peak(layerCount), let microbatch = microbatch(layerCount),
            let once = once(layerCount)
        else { return nil }
        return StepFigures(peak: peak, microbatch: microbatch, once: once)
    }

    // MARK: Memory

    private func peak(_ layerCount: Int) -> StepFigures.Peak? {
        let (small, large) = (Liveness(three), Liveness(four))
        let places = OpPlace.indices(three)
        var best: (live: Int64, small: Int, large: Int, op: Op)?
        let ops = four.ops
        for (place, index) in OpPlace.ordered(four) {
            // The first two layers are counted from the start, the last two from the end.
            guard
                let match = places[
                    place.shifted(in: (place.layer ?? 0) >= leading + 2 * period ? period : 0)]
            else {
                // Updates of one layer more; memory only falls in them.
                if place.phase == .optimizer { continue }
                return nil
            }
            let live = affine(large.live[index].rawValue, small.live[match].rawValue, layerCount)
            if live > best?.live ?? .min { best = (live, match, index, ops[index]) }
        }
        guard let best else { return nil }
        let before = small.breakdown(three, at: best.small)
        let after = large.breakdown(four, at: best.large)
        let roles = after.map { role, bytes in
            (role, Bytes(rawValue: affine(bytes.rawValue, before[role]?.rawValue ?? 0, layerCount)))
        }
        let layer = best.op.scope.layer.map {
            $0 >= leading + 2 * period ? $0 + (layerCount - 4) * period : $0
        }
        return StepFigures.Peak(
            byRole: Dictionary(uniqueKeysWithValues: roles),
            op: StepFigures.Peak.describe(best.op, layer: layer))
    }

    private func affine(_ four: Int64, _ three: Int64, _ layerCount: Int) -> Int64 {
        four + Int64(layerCount - 4) * (four - three)
    }

    // MARK: Cost

    private func microbatch(_ layerCount: Int) -> [StepFigures.OpGroup]? {
        extended(
            StepFigures.tally(three, isMicrobatch: true, occupancy: occupancy),
            StepFigures.tally(four, isMicrobatch: true, occupancy: occupancy), layerCount)
    }

    /// The optimizer: its beginning op by op, its updates by count.
    private func once(_ layerCount: Int) -> [StepFigures.OpGroup]? {
        let (small, large) = (updates(three), updates(four))
        guard small.beginning.map(\.kind) == large.beginning.map(\.kind) else { return nil }
        var result = OpTally()
        for (a, b) in zip(small.beginning, large.beginning) {
            let (before, after) = (
                three.cost(of: a, occupancy: occupancy), four.cost(of: b, occupancy: occupancy)
            )
            let steps = Double(layerCount - 4)
            let cost = OpCost(
                flops: FLOPs(
                    after.flops.rawValue + steps * (after.flops.rawValue - before.flops.rawValue)),
                traffic: Bytes(
                    rawValue: affine(
                        after.traffic.rawValue, before.traffic.rawValue, layerCount)),
                product: after.product)
            result.add(b.kind.name, b.phase, cost, 1)
        }
        guard let rest = extended(small.rest, large.rest, layerCount) else { return nil }
        for group in rest { result.add(group.kind, group.phase, group.cost, group.count) }
        return result.groups
    }

    private func updates(_ program: StepProgram) -> (beginning: [Op], rest: OpTally) {
        let ops = program.sections.filter { $0.name != .microbatch }.flatMap(\.ops)
        let first = ops.firstIndex { if case .adamW = $0.kind { true } else { false } }
        let count = first.map { $0 + 1 } ?? ops.count
        var rest = OpTally()
        for op in ops.dropFirst(count) {
            rest.add(op.kind.name, op.phase, program.cost(of: op, occupancy: occupancy), 1)
        }
        return (Array(ops.prefix(count)), rest)
    }

    private func extended(
        _ small: OpTally, _ large: OpTally, _ layerCount: Int
    ) -> [StepFigures.OpGroup]? {
        guard small.groups.allSatisfy({ large.count(like: $0) >= $0.count }) else { return nil }
        return large.groups.map { group in
            var group = group
            group.count += (layerCount - 4) * (group.count - small.count(like: group))
            return group
        }
    }
}

/// What tells the ops of a program apart, whatever its number of layers.
private struct OpPlace: Hashable {
    let phase: Phase
    let kind: OpKind
    let module: Scope.Module
    let layer: Int?
    var ordinal = 0

    /// The place so many layers earlier.
    func shifted(in count: Int) -> OpPlace {
        OpPlace(
            phase: phase, kind: kind, module: module, layer: layer.map { $0 - count },
            ordinal: ordinal)
    }

    /// Each op's place and index, in order.
    static func ordered(_ program: StepProgram) -> [(OpPlace, Int)] {
        var counts: [OpPlace: Int] = [:]
        return program.ops.enumerated().map { index, op in
            var place = OpPlace(
                phase: op.phase, kind: op.kind, module: op.scope.module, layer: op.scope.layer)
            let ordinal = counts[place, default: 0]
            counts[place] = ordinal + 1
            place.ordinal = ordinal
            return (place, index)
        }
    }

    /// The index of each place.
    static func indices(_ program: StepProgram) -> [OpPlace: Int] {
        Dictionary(uniqueKeysWithValues: ordered(program))
    }
}
