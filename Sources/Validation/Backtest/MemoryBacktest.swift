import Catalog
import Foundation
import Quantities
import StepPrograms

/// Predicts measured runs.
package struct MemoryBacktest: Sendable {
    /// The measured runs that fits rest on, and the models they name.
    package let measurements: Measurements
    /// Devices, and models that no measured run names.
    package let catalog: Catalog
    /// Fitted residuals.
    package let residuals: MemoryResiduals

    package init(measurements: Measurements, catalog: Catalog, residuals: MemoryResiduals) {
        self.measurements = measurements
        self.catalog = catalog
        self.residuals = residuals
    }

    /// The main figure of a row, and those of other kinds that its notes state.
    package struct Prediction: Sendable, Hashable {
        /// The row.
        package var row: BacktestRow
        /// The row again with each other figure in place of its own.
        package var others: [BacktestRow] = []
    }

    /// Predicts one row.
    package func predict(_ row: MemoryMeasurement) -> Prediction {
        let name = FrameworkName(row.run.framework ?? "")
        do throws(MeasuredConfiguration.Refusal) {
            let reading = try read(row)
            let derived = try derive(reading, row)
            let shortest = try shortest(of: reading, row)
            func predicted(_ row: MemoryMeasurement) -> BacktestRow {
                let kind = row.ranOutOfMemory ? .device : name.kind(of: row)
                let isGuess = row.kind == .unknown && !row.ranOutOfMemory
                return BacktestRow(
                    row, framework: name.rawValue,
                    prediction: residuals.prediction(
                        derived, shortest: shortest, kind: kind, of: row, framework: name),
                    assumed: reading.assumed + (isGuess ? ["mem_kind is \(kind.rawValue)"] : []))
            }
            return Prediction(row: predicted(row), others: row.otherFigures.map(predicted))
        } catch {
            return Prediction(
                row: BacktestRow(
                    row, framework: name.rawValue, skippedReason: error.description))
        }
    }

    /// Reads a row, and refuses what cannot exist.
    func read(
        _ row: MemoryMeasurement
    ) throws(MeasuredConfiguration.Refusal) -> MeasuredConfiguration {
        if let refusal = RunLimits.refusal(row.run) { throw refusal }
        let reading = try MeasuredConfiguration(row, measurements: measurements, catalog: catalog)
        if let refusal = RunLimits.refusal(reading) { throw refusal }
        return reading
    }

    /// The peaks of a row's run before any fit.
    func derive(
        _ reading: MeasuredConfiguration, _ row: MemoryMeasurement
    ) throws(MeasuredConfiguration.Refusal) -> DerivedMemory {
        let device = row.run.device.flatMap { catalog.knownDevice(named: $0) }?.memory
        do throws(ProgramError) {
            return try reading.derivedMemory(
                device: device, overhead: residuals.leastOverhead(isSharded: row.run.isSharded))
        } catch {
            throw .init("no step can be built: \(error)")
        }
    }

    /// The same with examples of the mean length; nil when the fullest microbatch is known.
    private func shortest(
        of reading: MeasuredConfiguration, _ row: MemoryMeasurement
    ) throws(MeasuredConfiguration.Refusal) -> DerivedMemory? {
        guard !row.run.knowsFullestMicrobatch else { return nil }
        var short = reading
        short.configuration.batch.length = min(
            row.run.notedMeanLength ?? 1, reading.configuration.batch.length)
        return try derive(short, row)
    }

    /// Predicts rows, on as many threads as there are processors.
    package func predict(_ rows: [MemoryMeasurement]) -> [Prediction] {
        inParallel(rows) { predict($0) }
    }
}

extension MemoryMeasurement {
    /// The row with each figure of another kind that its notes state.
    var otherFigures: [MemoryMeasurement] {
        guard !ranOutOfMemory else { return [] }
        let keys: [(String, Kind)] = [
            ("alloc_gib", .allocated), ("reserved_gib", .reserved), ("smi_gib", .device),
        ]
        return keys.compactMap { key, kind in
            guard kind != self.kind, let value = run.noted(key), value > 0.001, value < 1e5
            else { return nil }
            var other = self
            other.kind = kind
            other.peak = .gibibytes(value)
            return other
        }
    }
}

/// Maps values on as many threads as there are processors, in order.
func inParallel<Value: Sendable, Result: Sendable>(
    _ values: [Value], _ transform: @escaping @Sendable (Value) -> Result
) -> [Result] {
    let lock = NSLock()
    // Every write happens under the lock.
    nonisolated(unsafe) var results = [Result?](repeating: nil, count: values.count)
    DispatchQueue.concurrentPerform(iterations: values.count) { index in
        let result = transform(values[index])
        lock.withLock { unsafe results[index] = result }
    }
    return unsafe results.compactMap { $0 }
}
