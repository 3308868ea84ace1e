import Catalog
import Planning
import Quantities
import Simulation
import StepPrograms
import TrainingSteps

/// How long steps take on a device, exchanges between devices included.
package struct StepTiming: Sendable {
    /// The device as a roofline.
    package let model: DeviceModel
    /// The rate to the other devices of the node.
    private let link: BytesPerSecond?

    /// Nil when the catalog states no rate of the device in 16 bits.
    package init?(_ device: Device, efficiency: DeviceEfficiency) {
        guard
            let pricing = DevicePricing(
                device, precision: .bf16, efficiency: efficiency, assumptions: Assumptions())
        else { return nil }
        var model = pricing.likely
        // Exchanges take as long as their bytes take over the link; in programs their cost is traffic.
        if let link = device.link {
            for collective in OpKind.Collective.kinds {
                let name = OpKind.collective(collective).name
                model.rates[name] = KernelRate(
                    overhead: model.otherwise.overhead, secondsPerByte: 1 / link.rawValue)
            }
        }
        self.model = model
        link = device.link
    }

    /// The time of one optimizer step of a run.
    func step(of run: MeasuredConfiguration) throws(ProgramError) -> Seconds {
        let configuration = run.configuration
        var slowest = Seconds.zero
        for (stage, layers) in configuration.stages(of: run.separable) {
            let figures = try StepFigures.make(
                occupancy: .full(length: configuration.batch.length), layers
            ) { model throws(ProgramError) in
                try FrameworkStep(model, configuration, profile: run.profile, stage: stage).program
            }
            let time = figures.durations(
                on: model, microbatches: configuration.batch.accumulation
            ).values.reduce(.zero, +)
            slowest = max(slowest, time)
        }
        return slowest
    }
}

extension OpKind.Collective {
    /// One of each.
    fileprivate static let kinds: [OpKind.Collective] = [
        .allGather(.data), .reduceScatter(.data), .allReduce(.data), .allToAll(.data), .send(.data),
    ]
}
