import Catalog
import Quantities
import StepPrograms
import TrainingSteps

/// How a strategy is run on a device.
package struct Configuration: Sendable, Hashable {
    /// Rows that pass through the model at once.
    package let microbatch: Int
    /// Microbatches of a step.
    package let accumulation: Int
    /// Whether layers are run again in the backward pass.
    package let checkpointing: Bool
}

/// What a run takes: memory, time, tokens.
package struct RunEstimate: Sendable, Hashable {
    /// The peak of memory and what it is for.
    package let memory: MemoryEstimate
    /// The time of a step by phase.
    package let phases: [Phase: Estimate<Seconds>]
    /// Steps of the run.
    package let steps: Int
    /// Tokens of data that the run sees, padding left out.
    package let tokens: Double
    /// FLOPs of a step.
    package let stepFLOPs: FLOPs
    /// What is paid for besides the steps.
    package let setUp: Estimate<Seconds>

    /// The time of a step.
    package var step: Estimate<Seconds> {
        Phase.allCases.compactMap { phases[$0] }.reduce(
            Estimate(low: .zero, likely: .zero, high: .zero, basis: [])
        ) { $0.combined(with: $1, +) }
    }
    /// The time of all steps.
    package var training: Estimate<Seconds> { step.map { $0 * Double(steps) } }
    /// The time that is paid for.
    package var duration: Estimate<Seconds> { training.combined(with: setUp, +) }
    /// Tokens of data a second, padding left out.
    package var tokensPerSecond: Estimate<Double> {
        let time = training
        return Estimate(
            low: tokens / time.high.rawValue, likely: tokens / time.likely.rawValue,
            high: tokens / time.low.rawValue, basis: time.basis)
    }
}

/// A strategy on an instance in a configuration, with what it takes.
package struct Candidate: Sendable, Hashable {
    /// The strategy.
    package let strategy: Strategy
    /// The instance with its prices.
    package let instance: InstancePrice
    /// The device in it.
    package let device: Device
    /// The configuration.
    package let configuration: Configuration
    /// What the run takes.
    package let estimate: RunEstimate
    /// What the run costs on demand.
    package let cost: Estimate<USD>
    /// What it costs at the spot price, when there is one and nothing is lost to interruptions.
    package let spotCost: Estimate<USD>?
    /// Whether the price may be older than three months.
    package let priceIsStale: Bool

    init(
        strategy: Strategy, instance: InstancePrice, price: USDPerHour, device: Device,
        configuration: Configuration, estimate: RunEstimate, day: CalendarDay
    ) {
        self.strategy = strategy
        self.instance = instance
        self.device = device
        self.configuration = configuration
        self.estimate = estimate
        let basis = Basis.catalog(instance.provenance.date)
        cost = estimate.duration.map(basis: [basis]) { price * $0 }
        spotCost = instance.spot.map { spot in estimate.duration.map(basis: [basis]) { spot * $0 } }
        priceIsStale = instance.provenance.date.isStale(on: day, after: Candidate.staleAfterDays)
    }

    /// Prices older than this many days are marked.
    package static let staleAfterDays = 90

    /// Whether a monitor would show more than the device has if memory were plentiful: the allocator
    /// will be giving cached blocks back.
    package var isTight: Bool { estimate.memory.process.likely > device.memory }
}
