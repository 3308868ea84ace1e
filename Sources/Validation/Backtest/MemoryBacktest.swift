import Catalog
import Foundation
import Planning
import Quantities
import Simulation
import StepPrograms
import TrainingSteps

/// What the step program and the allocator say of a measured run, before any fit.
package struct DerivedMemory: Sendable, Hashable {
    /// Live tensors at the peak.
    package var allocated: Bytes
    /// What they are for.
    package var byRole: [Role: Bytes]
    /// The op at the peak.
    package var peakOp: String
    /// What the caching allocator takes from the device, had it no limit.
    package var reserved: Bytes
    /// The same on the run's device; nil when it cannot be had there or the device is unknown.
    package var reservedOnDevice: Bytes?
    /// The memory of the run's device, as its driver reports it.
    package var device: Bytes?
}

extension MeasuredConfiguration {
    /// Derives the peaks.
    ///
    /// - Parameters:
    ///   - device: the memory of the device, when it is known.
    ///   - overhead: what a process takes outside the allocator.
    /// - Returns: the peaks.
    /// - Throws: `ProgramError` when a program breaks a rule, which is a mistake of its builder.
    package func derivedMemory(
        device: Bytes?, overhead: Bytes
    ) throws(ProgramError) -> DerivedMemory {
        var most: StepFigures?
        var reserved = Bytes.zero
        var onDevice: Bytes? = device == nil ? nil : .zero
        for (stage, layers) in configuration.stages(of: architecture) {
            let build = { (model) throws(ProgramError) in
                try FrameworkStep(model, configuration, profile: profile, stage: stage).program
            }
            let figures = try StepFigures.make(
                occupancy: .full(length: configuration.batch.length), layers, program: build)
            if figures.peak.total > most?.peak.total ?? .zero { most = figures }
            let program = try build(layers)
            reserved = max(reserved, Self.reserved(program, limit: nil) ?? .zero)
            if let device, let known = onDevice {
                onDevice = Self.reserved(program, limit: device - overhead).map { max($0, known) }
            }
        }
        return DerivedMemory(
            allocated: most?.peak.total ?? .zero, byRole: most?.peak.byRole ?? [:],
            peakOp: most?.peak.op ?? "", reserved: reserved, reservedOnDevice: onDevice,
            device: device)
    }

    private static func reserved(_ program: StepProgram, limit: Bytes?) -> Bytes? {
        guard limit ?? .gibibytes(1) > .zero else { return nil }
        return try? CachingAllocator.replay(program, limit: limit).reserved
    }
}

/// A prediction of one figure of a run: what its source calls peak memory.
package struct MemoryPrediction: Sendable, Hashable {
    /// What the figure counts.
    package var kind: MemoryMeasurement.Kind
    /// The range and the best single answer.
    package var estimate: Estimate<Bytes>
    /// Whether the run fits its device; nil when the device is unknown.
    package var fits: Bool?
    /// What it rests on.
    package var derived: DerivedMemory
}

/// One row of a back-test.
package struct BacktestRow: Sendable, Hashable {
    /// The row.
    package var measurement: MemoryMeasurement
    /// The framework's name among those that are modelled.
    package var framework: String
    /// The prediction; nil when there is none.
    package var prediction: MemoryPrediction?
    /// Cells that were filled in.
    package var assumed: [String]
    /// Why there is no prediction.
    package var skippedReason: String?

    /// Predicted over measured, less one; a run whose lengths vary counts only from one side, because
    /// its longest examples may never have met.
    package var signedError: Double? {
        guard let measured = measurement.peak, let prediction else { return nil }
        let error = prediction.estimate.likely / measured - 1
        return measurement.run.packing == .ragged && error > 0 && !knowsLengths ? 0 : error
    }

    /// Whether the measured value lies in the predicted range.
    package var isInRange: Bool? {
        guard let measured = measurement.peak, let prediction else { return nil }
        if measurement.run.packing == .ragged, !knowsLengths, prediction.estimate.likely >= measured
        {
            return true
        }
        return prediction.estimate.low <= measured && measured <= prediction.estimate.high
    }

    private var knowsLengths: Bool { DataLengths.known(in: measurement.run.notes) != nil }

    /// Whether the row has the best two grades of quality.
    package var isWellSpecified: Bool { (measurement.run.quality ?? .c) <= .b }
}

/// Predicts measured runs.
package struct MemoryBacktest: Sendable {
    /// The measured runs that fits rest on, and the models they name.
    package let measurements: Measurements
    /// Devices.
    package let catalog: Catalog
    /// Fitted residuals.
    package let residuals: MemoryResiduals

    package init(measurements: Measurements, catalog: Catalog, residuals: MemoryResiduals) {
        self.measurements = measurements
        self.catalog = catalog
        self.residuals = residuals
    }

    /// Predicts one row.
    package func predict(_ row: MemoryMeasurement) -> BacktestRow {
        let name = FrameworkName(row.run.framework ?? "")
        var result = BacktestRow(
            measurement: row, framework: name.rawValue, prediction: nil, assumed: [],
            skippedReason: nil)
        do throws(MeasuredConfiguration.Refusal) {
            let configuration = try MeasuredConfiguration(
                row, measurements: measurements, catalog: catalog)
            result.assumed = configuration.assumed
            let derived: DerivedMemory
            do throws(ProgramError) {
                derived = try derive(configuration, row)
            } catch {
                throw .init("no step can be built: \(error)")
            }
            result.prediction = residuals.prediction(
                derived, kind: name.kind(of: row), of: row, framework: name.rawValue,
                printsDecimalGigabytes: name.printsDecimalGigabytes)
        } catch {
            result.skippedReason = error.description
        }
        return result
    }

    /// The peaks of a row's run before any fit.
    func derive(
        _ configuration: MeasuredConfiguration, _ row: MemoryMeasurement
    ) throws(ProgramError) -> DerivedMemory {
        let device = row.run.device.flatMap { catalog.knownDevice(named: $0) }?.memory
        return try configuration.derivedMemory(
            device: device, overhead: residuals.overhead(of: row.run).likely)
    }

    /// Predicts rows, on as many threads as there are processors.
    package func predict(_ rows: [MemoryMeasurement]) -> [BacktestRow] {
        inParallel(rows) { predict($0) }
    }
}

/// Maps values on as many threads as there are processors, in order.
func inParallel<Value: Sendable, Result: Sendable>(
    _ values: [Value], _ transform: @escaping @Sendable (Value) -> Result
) -> [Result] {
    let lock = NSLock()
    nonisolated(unsafe) var results = [Result?](repeating: nil, count: values.count)
    DispatchQueue.concurrentPerform(iterations: values.count) { index in
        let result = transform(values[index])
        lock.withLock { unsafe results[index] = result }
    }
    return unsafe results.compactMap { $0 }
}
