import Engine
import Foundation
import Quantities
import Simulation
import StepPrograms
import Training

/// A device model of this machine, with how well it fits its own micro-benchmarks.
package struct ProbedMachine: Sendable {
    /// The model.
    package let device: DeviceModel
    /// Fit by kind of op.
    package let quality: [FitQuality]
    /// How long probing took.
    package let elapsed: Seconds
}

/// Measures every kind of op on this machine and fits a device model.
///
/// - Parameters:
///   - workers: threads that share the work of an op, as in the run that is to be predicted.
///   - progress: called with the share that is done.
/// - Throws: `EngineError`, `ProgramError` or `CalibrationError`.
/// - Returns: the fitted model.
package func probeMachine(
    workers: Workers, progress: (Double) -> Void = { _ in }
) throws -> ProbedMachine {
    let began = ContinuousClock.now
    let samples = try runProbes(workers: workers, progress: progress)
    let fits = try samples.sorted { $0.key < $1.key }.map { try DeviceFit.rate($0.value) }
    let rates = Dictionary(uniqueKeysWithValues: fits.map { ($0.1.kind, $0.0) })
    return ProbedMachine(
        device: DeviceModel(
            name: "this machine", memory: Bytes(Int(ProcessInfo.processInfo.physicalMemory)),
            basis: "micro-benchmarks on this machine before the run, \(workers.count) threads",
            rates: rates, otherwise: rates["copy"] ?? KernelRate()),
        quality: fits.map(\.1), elapsed: Seconds((ContinuousClock.now - began).inSeconds))
}

private func runProbes(
    workers: Workers, progress: (Double) -> Void
) throws -> [String: [KernelProbe.Sample]] {
    var samples: [String: [KernelProbe.Sample]] = [:]
    let probes = ProbeCampaign.probes(workers: workers.count)
    for (index, probe) in probes.enumerated() {
        for sample in try probe.run(workers: workers) {
            samples[sample.kind, default: []].append(sample)
        }
        progress(Double(index + 1) / Double(probes.count))
    }
    return samples
}

/// One micro-benchmark and what the formula fitted to all of its kind says.
package struct KernelSample: Sendable {
    /// The kind of op.
    package let kind: String
    /// Its cost.
    package let cost: OpCost
    /// Median time of one execution.
    package let seconds: Double
    /// The time that the fitted rate gives.
    package let fitted: Double
}

/// Every micro-benchmark of the device model.
///
/// - Parameter workers: threads that share the work of an op.
/// - Throws: as `probeMachine`.
/// - Returns: the samples by kind.
package func kernelSamples(workers: Workers) throws -> [KernelSample] {
    try runProbes(workers: workers) { _ in }.sorted { $0.key < $1.key }.flatMap { kind, samples in
        let (rate, _) = try DeviceFit.rate(samples)
        return samples.map {
            KernelSample(
                kind: kind, cost: $0.cost, seconds: $0.seconds,
                fitted: rate.duration(of: $0.cost).rawValue)
        }
    }
}
