import Catalog
import Planning
import Quantities
import Statistics

extension MemoryBacktest {
    /// A row that a fit may see, with the peaks of its run before any fit.
    struct FittedRow: Sendable {
        let row: MemoryMeasurement
        let derived: DerivedMemory
    }

    /// Fits residuals anew to the rows that are not held out, of the best two grades, whose fullest
    /// microbatch is known; those held out only tell the error.
    ///
    /// First what processes take outside the allocator, as the median difference between the device's
    /// figure and the reserved memory over rows whose sequences are full; then the spread of measured over
    /// derived in each group.
    func fitted() -> MemoryResiduals {
        let rows = measurements.memory.filter {
            ($0.run.quality ?? .c) <= .b && $0.run.knowsFullestMicrobatch
        }
        let seen = rows.filter { !$0.run.isHeldOut }
        let full = seen.filter { $0.run.packing == .full && $0.run.noted("smi_gib") != nil }
        let first = with(MemoryResiduals(groups: [:], overheads: [:]))
        let second = with(
            MemoryResiduals(groups: [:], overheads: first.overheads(first.derived(full))))
        let derived = Dictionary(grouping: second.derived(rows)) { $0.row.run.isHeldOut }
        let residuals = [false, true].map { second.residuals.residuals(derived[$0] ?? []) }
        return MemoryResiduals(
            groups: MemoryResiduals.spreads(of: residuals[0], heldOut: residuals[1]),
            overheads: second.residuals.overheads)
    }

    /// The same with other residuals.
    private func with(_ residuals: MemoryResiduals) -> MemoryBacktest {
        MemoryBacktest(measurements: measurements, catalog: catalog, residuals: residuals)
    }

    private func derived(_ rows: [MemoryMeasurement]) -> [FittedRow] {
        inParallel(rows) { row -> FittedRow? in
            guard let reading = try? read(row), let derived = try? derive(reading, row)
            else { return nil }
            return FittedRow(row: row, derived: derived)
        }.compactMap { $0 }
    }

    private func overheads(_ rows: [FittedRow]) -> [Bool: MeasuredSpread] {
        var samples: [Bool: [Double]] = [:]
        for fitted in rows {
            guard let process = fitted.row.run.noted("smi_gib"),
                let reserved = fitted.derived.reservedOnDevice
            else { continue }
            samples[fitted.row.run.isSharded, default: []].append(
                process - reserved.gibibytes)
        }
        return samples.compactMapValues { values in
            guard let sample = try? Sample(values) else { return nil }
            let median = max(sample.quantile(0.5), 0)
            return MeasuredSpread(
                low: min(max(sample.quantile(0.1), 0), median), likely: median,
                high: max(sample.quantile(0.9), median), rowCount: values.count, residual: nil)
        }
    }
}

extension MemoryResiduals {
    /// Measured over derived of every figure that rows state.
    func residuals(_ rows: [MemoryBacktest.FittedRow]) -> [Residual] {
        rows.flatMap { fitted in
            let name = FrameworkName(fitted.row.run.framework ?? "")
            return ([fitted.row] + fitted.row.otherFigures).compactMap { row -> Residual? in
                guard let peak = row.peak else { return nil }
                let kind = name.kind(of: row)
                var derived = figure(fitted.derived, kind, isSharded: row.run.isSharded)
                if name.printsDecimalGigabytes { derived = derived * 1.073_741_824 }
                return Residual(
                    groups: Group.all(kind, name.rawValue, row.run), ratio: peak / derived)
            }
        }
    }
}
