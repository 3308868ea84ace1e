import Catalog
import Quantities
import StepPrograms
import TrainingSteps

/// Finds the fastest configuration of one strategy on each device that it fits on.
///
/// The price of an instance is for its time, so the fastest configuration is the cheapest.
struct StrategySearch {
    private let strategy: Strategy
    private let request: PlanRequest
    private let process: ProcessMemory
    private let efficiency: DeviceEfficiency
    private let workload: Workload
    private var figures: [Figured: StepFigures] = [:]
    private var found: [String: Verdict<Fastest>] = [:]

    private struct Figured: Hashable {
        let batch: BatchShape
        let checkpointing: Bool
    }

    /// The best configuration on a device, whatever the device costs.
    struct Fastest: Sendable {
        let configuration: Configuration
        let estimate: RunEstimate
    }

    init(
        _ strategy: Strategy, request: PlanRequest, process: ProcessMemory,
        efficiency: DeviceEfficiency
    ) {
        self.strategy = strategy
        self.request = request
        self.process = process
        self.efficiency = efficiency
        workload = Workload(
            request.data, strategy: strategy, epochs: request.epochs,
            batchSize: request.batchSize, sequenceLength: request.sequenceLength)
    }

    /// The cheapest candidate on an instance, or why there is none.
    mutating func best(
        on instance: InstancePrice, _ device: Device
    ) throws(PlanError) -> Verdict<Candidate> {
        if instance.deviceCount > 1 {
            return .rejected(.severalDevices(count: instance.deviceCount))
        }
        guard let price = instance.onDemand else {
            return .rejected(.noPrice(spot: instance.spot))
        }
        switch try fastest(on: device) {
        case .rejected(let rejection): return .rejected(rejection)
        case .accepted(let fastest):
            let candidate = Candidate(
                strategy: strategy, instance: instance, price: price, device: device,
                configuration: fastest.configuration, estimate: fastest.estimate,
                day: request.day)
            let duration = candidate.estimate.duration.likely
            if let limit = request.deadline, duration > limit {
                return .rejected(.missesDeadline(needed: duration, limit: limit))
            }
            if let limit = request.budget, candidate.cost.likely > limit {
                return .rejected(.overBudget(cost: candidate.cost.likely, limit: limit))
            }
            return .accepted(candidate)
        }
    }

    private mutating func fastest(
        on device: Device
    ) throws(PlanError) -> Verdict<Fastest> {
        if let known = found[device.name] { return known }
        let result = try search(device)
        found[device.name] = result
        return result
    }

    private mutating func search(
        _ device: Device
    ) throws(PlanError) -> Verdict<Fastest> {
        if request.profile == .transformersPEFT {
            guard ["NVIDIA", "AMD"].contains(device.vendor) else {
                return .rejected(.unsupportedVendor(device.vendor))
            }
            if strategy.trainsBase, device.peaks[.bf16] == nil { return .rejected(.noBF16) }
        }
        guard
            let pricing = DevicePricing(
                device, precision: request.profile.precision, efficiency: efficiency,
                assumptions: request.assumptions)
        else { return .rejected(.noRate(request.profile.precision.rawValue)) }
        var least: Bytes?
        var best: Fastest?
        for checkpointing in request.checkpointing.choices {
            for microbatch in microbatches {
                let configuration = Configuration(
                    microbatch: microbatch, accumulation: request.batchSize / microbatch,
                    checkpointing: checkpointing)
                let memory = try memory(of: configuration)
                let needed = needed(memory)
                least = min(least ?? needed, needed)
                // Larger microbatches need more.
                guard needed <= device.memory else { break }
                let estimate = try estimate(configuration, memory, pricing)
                if best.map({ estimate.duration.likely <= $0.estimate.duration.likely }) ?? true {
                    best = Fastest(configuration: configuration, estimate: estimate)
                }
            }
        }
        if let best { return .accepted(best) }
        return .rejected(.doesNotFit(needed: least ?? .zero, available: device.memory))
    }

    /// The powers of two that divide the batch.
    private var microbatches: [Int] {
        (0 ..< Int.bitWidth - 2).map { 1 << $0 }.prefix { request.batchSize % $0 == 0 }
    }

    /// What must be there for a step to run: the low end of the process, and head-room as a share of it.
    private func needed(_ memory: MemoryEstimate) -> Bytes {
        memory.process.low * (1 / (1 - request.assumptions.headRoom))
    }

    private mutating func memory(
        of configuration: Configuration
    ) throws(PlanError) -> MemoryEstimate {
        var shape = workload.largest(rows: configuration.microbatch)
        // Gradients live longer where a step has several microbatches; how many makes no difference.
        shape.accumulation = min(configuration.accumulation, 2)
        let figures = try figures(shape, configuration.checkpointing)
        return MemoryEstimate(figures.peak, process: process)
    }

    private mutating func estimate(
        _ configuration: Configuration, _ memory: MemoryEstimate, _ pricing: DevicePricing
    ) throws(PlanError) -> RunEstimate {
        var shape = workload.mean(rows: configuration.microbatch)
        shape.accumulation = min(configuration.accumulation, 2)
        let figures = try figures(shape, configuration.checkpointing)
        let setUp = request.assumptions.setUp
        return RunEstimate(
            memory: memory,
            phases: pricing.phases(of: figures, microbatches: configuration.accumulation),
            steps: workload.steps, tokens: workload.tokens,
            stepFLOPs: figures.flops(microbatches: configuration.accumulation),
            setUp: Estimate(
                low: Seconds(setUp.low), likely: Seconds(setUp.likely),
                high: Seconds(setUp.high),
                basis: [.assumed("\(Seconds(setUp.likely)) to boot, load and save")]))
    }

    private mutating func figures(
        _ shape: BatchShape, _ checkpointing: Bool
    ) throws(PlanError) -> StepFigures {
        let key = Figured(batch: shape, checkpointing: checkpointing)
        if let known = figures[key] { return known }
        do {
            let result = try StepFigures.make(
                request.architecture, strategy: strategy, batch: shape,
                profile: request.profile, checkpointing: checkpointing)
            figures[key] = result
            return result
        } catch {
            throw .program(strategy: strategy.planName.rawValue, reason: error.description)
        }
    }
}
