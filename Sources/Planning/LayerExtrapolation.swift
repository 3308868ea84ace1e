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
        guard let matches = OpMatching(three, four, firstShifted: leading + 2 * period, by: period)
        else { return nil }
        var best: (live: Int64, small: Int, large: Int)?
        for index in matches.places.indices {
            let match = Int(matches.places[index])
            guard match >= 0 else { continue }
            let live = affine(large.live[index].rawValue, small.live[match].rawValue, layerCount)
            if live > best?.live ?? .min { best = (live, match, index) }
        }
        guard let best else { return nil }
        let before = small.breakdown(three, at: best.small)
        let after = large.breakdown(four, at: best.large)
        let roles = after.map { role, bytes in
            (role, Bytes(rawValue: affine(bytes.rawValue, before[role]?.rawValue ?? 0, layerCount)))
        }
        let op = four.op(at: best.large)
        let layer = op.scope.layer.map {
            $0 >= leading + 2 * period ? $0 + (layerCount - 4) * period : $0
        }
        return StepFigures.Peak(
            byRole: Dictionary(uniqueKeysWithValues: roles),
            op: StepFigures.Peak.describe(op, layer: layer))
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
