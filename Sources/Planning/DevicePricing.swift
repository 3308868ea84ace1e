import Catalog
import Quantities
import Simulation
import StepPrograms
import TrainingSteps

/// A device as three rooflines: the fastest, the likely and the slowest that is plausible.
package struct DevicePricing: Sendable {
    /// The device.
    package let device: Device
    /// The fastest.
    package let fast: DeviceModel
    /// The likely.
    package let likely: DeviceModel
    /// The slowest.
    package let slow: DeviceModel
    /// What the rates rest on.
    package let basis: [Basis]

    /// Nil when no rate is stated for the format.
    package init?(
        _ device: Device, precision: Device.Precision, efficiency: DeviceEfficiency,
        assumptions: Assumptions
    ) {
        guard let peak = device.trainingPeak(precision) else { return nil }
        let matrix = efficiency.matrix(of: device)
        let bandwidth = efficiency.bandwidth(of: device)
        let attention = efficiency.attention
        // Ops outside the matrix units are limited by memory everywhere; where no vector rate is
        // stated, a sixteenth of the matrix rate keeps that so.
        let vector = device.peaks[.fp32] ?? peak * (1.0 / 16)
        func model(
            _ share: (MeasuredSpread) -> Double, _ launch: Double
        ) -> DeviceModel {
            .gpu(
                device.name, memory: device.memory,
                rates: .init(
                    matrix: peak * share(matrix), attention: peak * share(attention),
                    vector: vector, bandwidth: device.memoryBandwidth * share(bandwidth),
                    launch: Seconds(launch)),
                basis: matrix.basis.description)
        }
        self.device = device
        fast = model(\.high, assumptions.launch.low)
        likely = model(\.likely, assumptions.launch.likely)
        slow = model(\.low, assumptions.launch.high)
        basis = [
            .derived, matrix.basis, bandwidth.basis, attention.basis,
            .assumed("\(Seconds(assumptions.launch.likely)) from one kernel to the next"),
        ]
    }

    /// The time of each phase of a step.
    package func phases(
        of figures: StepFigures, microbatches: Int
    ) -> [Phase: Estimate<Seconds>] {
        let fast = figures.durations(on: fast, microbatches: microbatches)
        let slow = figures.durations(on: slow, microbatches: microbatches)
        return figures.durations(on: likely, microbatches: microbatches).reduce(into: [:]) {
            $0[$1.key] = Estimate(
                low: fast[$1.key] ?? $1.value, likely: $1.value,
                high: slow[$1.key] ?? $1.value, basis: basis)
        }
    }
}
