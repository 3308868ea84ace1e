import Catalog
import Planning
import Quantities
import Statistics

extension MemoryBacktest {
    /// Fits residuals anew to the rows that are not held out.
    ///
    /// First what processes take outside the allocator, as the median difference between the device's
    /// figure and the reserved memory over rows whose sequences are full; then the spread of measured over
    /// derived in each group.
    package func fitted() -> MemoryResiduals {
        let rows = measurements.memory.filter { !$0.run.isHeldOut && ($0.run.quality ?? .c) <= .b }
        let derived = inParallel(rows) { row -> (MemoryMeasurement, DerivedMemory)? in
            guard
                let configuration = try? MeasuredConfiguration(
                    row, measurements: measurements, catalog: catalog),
                let derived = try? derive(configuration, row)
            else { return nil }
            return (row, derived)
        }.compactMap { $0 }
        var result = MemoryResiduals(groups: [:], overheads: overheads(derived))
        result.groups = groups(derived, result)
        return result
    }

    private func overheads(
        _ rows: [(MemoryMeasurement, DerivedMemory)]
    ) -> [Bool: MeasuredSpread] {
        var samples: [Bool: [Double]] = [:]
        for (row, derived) in rows where row.run.packing == .full {
            guard let process = row.run.noted("smi_gib"), let reserved = derived.reservedOnDevice
            else { continue }
            samples[row.run.isSharded, default: []].append(
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

    private func groups(
        _ rows: [(MemoryMeasurement, DerivedMemory)], _ residuals: MemoryResiduals
    ) -> [MemoryResiduals.Group: MemoryResiduals.Spread] {
        var ratios: [MemoryResiduals.Group: [Double]] = [:]
        func add(
            _ kind: MemoryMeasurement.Kind, _ name: FrameworkName, _ run: MeasuredRun, _ r: Double
        ) {
            for group in MemoryResiduals.Group.all(kind, name.rawValue, run) {
                ratios[group, default: []].append(r)
            }
        }
        for (row, derived) in rows {
            let name = FrameworkName(row.run.framework ?? "")
            let kind = name.kind(of: row)
            if let peak = row.peak {
                var likely = residuals.likely(derived, kind, row.run)
                if name.printsDecimalGigabytes { likely = likely * 1.073_741_824 }
                add(kind, name, row.run, peak / likely)
            }
            // Rows that also state what the device showed.
            if kind != .device, let process = row.run.noted("smi_gib") {
                let likely = residuals.likely(derived, .device, row.run)
                add(.device, name, row.run, Bytes.gibibytes(process) / likely)
            }
        }
        return ratios.compactMapValues { values in
            guard values.count >= MemoryResiduals.fewestRows, let sample = try? Sample(values),
                let sizes = try? Sample(values.map { abs(1 / $0 - 1) })
            else { return nil }
            return MemoryResiduals.Spread(
                rowCount: values.count, low: sample.quantile(0.025), high: sample.quantile(0.975),
                residual: sizes.quantile(0.5))
        }
    }
}
