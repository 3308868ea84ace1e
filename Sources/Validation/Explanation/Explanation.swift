import Architectures
import Catalog
import Planning
import Quantities
import Simulation
import StepPrograms
import TrainingSteps

/// Why a run needs the memory it needs, and what would lower it.
package struct Explanation: Sendable {
    /// The run.
    package let run: MeasuredConfiguration
    /// The peaks before any fit.
    package let derived: DerivedMemory
    /// Live tensors, what the allocator takes, what the process takes.
    package let figures: [MemoryMeasurement.Kind: MemoryPrediction]
    /// The step of the stage that needs most.
    package let program: StepProgram
    /// When its tensors live.
    package let liveness: Liveness
    /// Live tensors at the peak, the largest first.
    package let tensors: [PeakTensors]
    /// The time of a step; nil when no device is given.
    package let step: Seconds?
    /// Changes that lower the peak, the most effective first.
    package let effects: [Effect]

    /// What a lever does.
    package struct Effect: Sendable, Hashable {
        /// The change.
        package let lever: Lever
        /// The new peak of live tensors.
        package let allocated: Bytes
        /// The new memory of the process.
        package let process: Bytes
        /// What the process saves.
        package let saved: Bytes
        /// The new time of a step over the old one, less one; nil when it is not modelled.
        package let timeChange: Double?
    }

    /// The op at the peak.
    package var peakOp: Op? {
        let ops = program.ops
        return ops.indices.contains(liveness.peakOp) ? ops[liveness.peakOp] : nil
    }
}

/// Explains runs with the fits of a back-test.
package struct Explainer: Sendable {
    private let backtest: MemoryBacktest
    private let framework: FrameworkName
    private let strategy: MeasuredRun.Strategy
    private let device: Device?
    private let timing: StepTiming?

    /// An explainer of runs of a framework.
    ///
    /// - Parameters:
    ///   - backtest: the fits.
    ///   - framework: its name among those whose habits are known.
    ///   - strategy: what is trained, as measured rows say it.
    ///   - device: the GPU that runs are compared with; nil when it is not known.
    ///   - timing: how long ops take on it; nil leaves times out.
    package init(
        _ backtest: MemoryBacktest, framework: String, strategy: MeasuredRun.Strategy,
        device: Device?, timing: StepTiming?
    ) {
        self.backtest = backtest
        self.framework = FrameworkName(rawValue: framework) ?? .other
        self.strategy = strategy
        self.device = device
        self.timing = timing
    }

    /// Explains a run.
    ///
    /// - Throws: `ProgramError` when a program breaks a rule, which is a mistake of its builder.
    package func explain(_ run: MeasuredConfiguration) throws(ProgramError) -> Explanation {
        let derived = try run.derivedMemory(device: device?.memory, overhead: leastOverhead(run))
        let (program, liveness) = try run.fullestStage()
        let process = figure(derived, .device, run)
        let step = try timing?.step(of: run)
        return Explanation(
            run: run, derived: derived, figures: figures(derived, run),
            program: program, liveness: liveness, tensors: PeakTensors.all(program, liveness),
            step: step, effects: try effects(run, process: process, step: step))
    }

    /// The three figures; each holds the one before, whatever rows each was fitted to.
    private func figures(
        _ derived: DerivedMemory, _ run: MeasuredConfiguration
    ) -> [MemoryMeasurement.Kind: MemoryPrediction] {
        var result: [MemoryMeasurement.Kind: MemoryPrediction] = [:]
        var least: Estimate<Bytes>?
        for kind in [MemoryMeasurement.Kind.allocated, .reserved, .device] {
            var found = prediction(derived, kind, run)
            if let least {
                found.estimate = Estimate(
                    low: max(found.estimate.low, least.low),
                    likely: max(found.estimate.likely, least.likely),
                    high: max(found.estimate.high, least.high), basis: found.estimate.basis)
            }
            least = found.estimate
            result[kind] = found
        }
        return result
    }

    private func effects(
        _ run: MeasuredConfiguration, process: Bytes, step: Seconds?
    ) throws(ProgramError) -> [Explanation.Effect] {
        var result: [Explanation.Effect] = []
        for lever in Lever.all(for: run) {
            let derived = try lever.reading.derivedMemory(device: nil, overhead: .zero)
            let changed = figure(derived, .device, lever.reading)
            // Less than a thousandth is what rounding in the allocator does.
            guard (process - changed).gibibytes > process.gibibytes / 1000 else { continue }
            var timeChange: Double?
            if lever.isTimed, let step, step > .zero,
                let new = try timing?.step(of: lever.reading)
            {
                timeChange = new / step - 1
            }
            result.append(
                .init(
                    lever: lever, allocated: derived.allocated, process: changed,
                    saved: process - changed, timeChange: timeChange))
        }
        return result.sorted { ($1.saved, $0.lever.name) < ($0.saved, $1.lever.name) }
    }

    private func leastOverhead(_ run: MeasuredConfiguration) -> Bytes {
        backtest.residuals.leastOverhead(isSharded: run.configuration.parallelism.gathers)
    }

    /// A figure as it would be without a limit of memory, after the fit.
    private func figure(
        _ derived: DerivedMemory, _ kind: MemoryMeasurement.Kind, _ run: MeasuredConfiguration
    ) -> Bytes {
        var unlimited = derived
        unlimited.reservedOnDevice = nil
        return prediction(unlimited, kind, run).estimate.likely
    }

    private func prediction(
        _ derived: DerivedMemory, _ kind: MemoryMeasurement.Kind, _ run: MeasuredConfiguration
    ) -> MemoryPrediction {
        backtest.residuals.prediction(
            derived, kind: kind, framework: framework, strategy: strategy,
            severalDevices: run.configuration.parallelism.deviceCount > 1,
            isSharded: run.configuration.parallelism.gathers)
    }
}

extension MeasuredConfiguration {
    /// The step of the pipeline stage whose live tensors need most, and when they live.
    func fullestStage() throws(ProgramError) -> (StepProgram, Liveness) {
        var best: (StepProgram, Liveness)?
        for (stage, layers) in configuration.stages(of: separable) {
            let program = try FrameworkStep(layers, configuration, profile: profile, stage: stage)
                .program
            let liveness = Liveness(program)
            if liveness.peak > best?.1.peak ?? Bytes(-1) { best = (program, liveness) }
        }
        guard let best else {
            let empty = StepProgram(tensors: [], sections: [], origin: "")
            return (empty, Liveness(empty))
        }
        return best
    }
}
