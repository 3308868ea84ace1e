import Catalog
import Foundation
import Planning
import Quantities
import TrainingSteps

/// How far measured memory lies from what is derived, fitted to rows that are not held out.
///
/// The fit lives in `data/profiles/memory_residuals.csv`, one line for each group of rows; `tuneplan
/// backtest --fit` writes it anew. A group is a framework with a strategy on one or on several devices; a
/// group of too few rows takes the next wider one.
package struct MemoryResiduals: Sendable, Hashable {
    /// What a group of rows shares; nil stands for all.
    package struct Group: Sendable, Hashable {
        /// The figure.
        package var kind: MemoryMeasurement.Kind
        /// The framework.
        package var framework: String?
        /// What was trained.
        package var strategy: String?
        /// Whether several devices worked together.
        package var severalDevices: Bool?

        package init(
            kind: MemoryMeasurement.Kind, framework: String? = nil, strategy: String? = nil,
            severalDevices: Bool? = nil
        ) {
            self.kind = kind
            self.framework = framework
            self.strategy = strategy
            self.severalDevices = severalDevices
        }

        /// The groups that a row belongs to, the narrowest first.
        package static func all(
            _ kind: MemoryMeasurement.Kind, _ framework: String, _ run: MeasuredRun
        ) -> [Group] {
            all(kind, framework, run.strategy, severalDevices: run.usesSeveralDevices)
        }

        /// The groups of a run of a framework, the narrowest first.
        static func all(
            _ kind: MemoryMeasurement.Kind, _ framework: String, _ strategy: MeasuredRun.Strategy,
            severalDevices several: Bool
        ) -> [Group] {
            let strategy = strategy.rawValue
            return [
                Group(
                    kind: kind, framework: framework, strategy: strategy, severalDevices: several),
                Group(kind: kind, framework: framework, strategy: strategy),
                Group(kind: kind, framework: framework, severalDevices: several),
                Group(kind: kind, framework: framework),
                Group(kind: kind, severalDevices: several),
                Group(kind: kind),
            ]
        }
    }

    /// Measured over derived in a group.
    package struct Spread: Sendable, Hashable {
        /// Rows of the fit.
        package var rowCount: Int
        /// The low end: no more than `tail` of the rows lie below.
        package var low: Double
        /// The median.
        package var likely: Double
        /// The high end: no more than `tail` of the rows lie above.
        package var high: Double
        /// The median absolute error of the median on rows that are held out; nil when there are none.
        package var residual: Double?

        package init(
            rowCount: Int, low: Double, likely: Double, high: Double, residual: Double?
        ) {
            self.rowCount = rowCount
            self.low = low
            self.likely = likely
            self.high = high
            self.residual = residual
        }
    }

    /// The fewest rows that make a group of their own.
    package static let fewestRows = 8
    /// The share of the fitted rows beyond each end of a range.
    package static let tail = 0.03
    /// The share of the rows of the next wider group that may lie beyond each end.
    package static let widerTail = 0.05

    /// The spread of each group.
    package var groups: [Group: Spread]
    /// What a process takes outside the allocator, by whether its weights are gathered from shards.
    package var overheads: [Bool: MeasuredSpread]

    package init(groups: [Group: Spread], overheads: [Bool: MeasuredSpread]) {
        self.groups = groups
        self.overheads = overheads
    }

    /// What the process of a run takes outside the allocator.
    package func overhead(of run: MeasuredRun) -> Estimate<Bytes> {
        overhead(isSharded: run.isSharded)
    }

    /// What a process takes outside the allocator at least, which decides whether it fits: the low end, but
    /// no less than what a process without shards likely takes, which is a context and nothing else.
    func leastOverhead(isSharded: Bool) -> Bytes {
        max(overhead(isSharded: isSharded).low, overhead(isSharded: false).likely)
    }

    /// What a process takes outside the allocator.
    package func overhead(isSharded: Bool) -> Estimate<Bytes> {
        guard let spread = overheads[isSharded] else {
            return Estimate(.gibibytes(0.5), basis: .assumed("the CUDA context takes 0.5 GiB"))
        }
        return Estimate(
            low: .gibibytes(spread.low), likely: .gibibytes(spread.likely),
            high: .gibibytes(spread.high), basis: [spread.basis])
    }

    /// The prediction of one figure of a measured run, and `shortest` of it with examples of mean length.
    func prediction(
        _ derived: DerivedMemory, shortest: DerivedMemory?, kind: MemoryMeasurement.Kind,
        of row: MemoryMeasurement, framework: FrameworkName
    ) -> MemoryPrediction {
        prediction(
            derived, shortest: shortest, kind: kind, framework: framework,
            strategy: row.run.strategy, severalDevices: row.run.usesSeveralDevices,
            isSharded: row.run.isSharded)
    }

    /// The prediction of one figure of a run of a framework, with the spread of the narrowest group that
    /// has enough rows.
    func prediction(
        _ derived: DerivedMemory, shortest: DerivedMemory? = nil, kind: MemoryMeasurement.Kind,
        framework: FrameworkName, strategy: MeasuredRun.Strategy, severalDevices: Bool,
        isSharded: Bool
    ) -> MemoryPrediction {
        let unit = framework.printsDecimalGigabytes ? 1.073_741_824 : 1
        let wider = Group.all(
            kind, framework.rawValue, strategy, severalDevices: severalDevices)
        let spread =
            wider.lazy.compactMap { groups[$0] }.first
            ?? Spread(rowCount: 0, low: 1, likely: 1, high: 1, residual: nil)
        let most = figure(derived, kind, isSharded: isSharded) * unit
        let least = shortest.map { min(figure($0, kind, isSharded: isSharded) * unit, most) }
        let estimate = Estimate(
            low: (least ?? most) * spread.low, likely: most * spread.likely,
            high: most * spread.high,
            basis: [.derived]
                + (spread.rowCount > 0
                    ? [.fitted(rows: spread.rowCount, residual: spread.residual)] : []))
        return MemoryPrediction(
            kind: kind, estimate: estimate, shortest: least.map { $0 * spread.likely },
            fits: derived.device.map { _ in derived.reservedOnDevice != nil }, derived: derived)
    }

    /// The figure of a kind before the spread of its group.
    func figure(
        _ derived: DerivedMemory, _ kind: MemoryMeasurement.Kind, isSharded: Bool
    ) -> Bytes {
        let reserved = derived.reservedOnDevice ?? derived.reserved
        return switch kind {
        case .allocated, .unknown: derived.allocated
        case .reserved: reserved
        case .device: reserved + overhead(isSharded: isSharded).likely
        }
    }
}
