import Catalog
import Foundation
import Planning
import Quantities
import Statistics
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
        static func all(
            _ kind: MemoryMeasurement.Kind, _ framework: String, _ run: MeasuredRun
        ) -> [Group] {
            let several = (run.deviceCount ?? 1) > 1
            let strategy = run.strategy.rawValue
            return [
                Group(
                    kind: kind, framework: framework, strategy: strategy, severalDevices: several),
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
        /// The 2.5th percentile.
        package var low: Double
        /// The 97.5th percentile.
        package var high: Double
        /// The median absolute residual of the rows of the fit.
        package var residual: Double
    }

    /// The fewest rows that make a group of their own.
    package static let fewestRows = 8

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

    /// What a process takes outside the allocator.
    package func overhead(isSharded: Bool) -> Estimate<Bytes> {
        guard let spread = overheads[isSharded] else {
            return Estimate(.gibibytes(0.5), basis: .assumed("the CUDA context takes 0.5 GiB"))
        }
        return Estimate(
            low: .gibibytes(spread.low), likely: .gibibytes(spread.likely),
            high: .gibibytes(spread.high), basis: [spread.basis])
    }

    /// The spread of the narrowest group of a row that has enough rows.
    package func spread(
        _ kind: MemoryMeasurement.Kind, _ framework: String, _ run: MeasuredRun
    ) -> Spread? {
        Group.all(kind, framework, run).lazy.compactMap { groups[$0] }.first
    }

    /// The prediction of one figure of a run.
    package func prediction(
        _ derived: DerivedMemory, kind: MemoryMeasurement.Kind, of row: MemoryMeasurement,
        framework: String, printsDecimalGigabytes: Bool
    ) -> MemoryPrediction {
        var likely = self.likely(derived, kind, row.run)
        if printsDecimalGigabytes { likely = likely * (pow(2, 30) / 1e9) }
        let spread = spread(kind, framework, row.run)
        let estimate = Estimate(
            low: likely * min(spread?.low ?? 1, 1), likely: likely,
            high: likely * max(spread?.high ?? 1, 1),
            basis: [.derived]
                + (spread.map { [.fitted(rows: $0.rowCount, residual: $0.residual)] } ?? []))
        return MemoryPrediction(
            kind: kind, estimate: estimate,
            fits: derived.device.map { _ in derived.reservedOnDevice != nil }, derived: derived)
    }

    /// The figure before the spread of its group.
    func likely(
        _ derived: DerivedMemory, _ kind: MemoryMeasurement.Kind, _ run: MeasuredRun
    ) -> Bytes {
        switch kind {
        case .allocated, .unknown: derived.allocated
        case .reserved: derived.reservedOnDevice ?? derived.reserved
        case .device:
            (derived.reservedOnDevice ?? derived.reserved) + overhead(of: run).likely
        }
    }
}
