import Catalog
import Quantities
import Simulation
import StepPrograms
import TrainingSteps

/// Plans runs from what the catalog and the measurements say.
package struct Planner: Sendable {
    /// Devices and prices.
    package let catalog: Catalog
    /// What devices reach of their peaks.
    package let efficiency: DeviceEfficiency
    /// The rows that the slack of the allocator is fitted to.
    package let memoryRows: [MemoryMeasurement]

    package init(
        catalog: Catalog, efficiency: DeviceEfficiency, memoryRows: [MemoryMeasurement]
    ) {
        self.catalog = catalog
        self.efficiency = efficiency
        self.memoryRows = memoryRows
    }

    /// A planner on the shipped data.
    package init(catalog: Catalog, measurements: Measurements) throws(PlanError) {
        self.init(
            catalog: catalog,
            efficiency: try DeviceEfficiency(measurements.rates, catalog: catalog),
            memoryRows: measurements.memory)
    }

    /// Searches strategies × instances × configurations.
    ///
    /// - Throws: `PlanError` when the request makes no sense; that nothing fits is part of the plan.
    package func plan(_ request: PlanRequest) throws(PlanError) -> Plan {
        try request.validate()
        let instances = try instances(request)
        let process = try processMemory(request.profile)
        var candidates: [Candidate] = []
        var rejected: [RejectedPlacement] = []
        var prompt: PromptCost?
        for strategy in request.strategies {
            if case .promptOnly(let shots) = strategy {
                prompt = try PromptCost(request, shots: shots, catalog: catalog)
                continue
            }
            var search = StrategySearch(
                strategy, request: request, process: process, efficiency: efficiency)
            for (instance, device) in instances {
                switch try search.best(on: instance, device) {
                case .accepted(let candidate): candidates.append(candidate)
                case .rejected(let rejection):
                    rejected.append(
                        RejectedPlacement(
                            strategy: strategy.planName, provider: instance.provider,
                            instance: instance.instance, device: device.name,
                            rejection: rejection))
                }
            }
        }
        return Plan(
            request: request, candidates: candidates, rejected: rejected, prompt: prompt)
    }

    /// The slack and context of a profile's process.
    package func processMemory(_ profile: TrainingProfile) throws(PlanError) -> ProcessMemory {
        switch profile {
        case .local: .arena
        case .transformersPEFT: try ProcessMemory(memoryRows, context: profile.context)
        }
    }

    private func instances(
        _ request: PlanRequest
    ) throws(PlanError) -> [(InstancePrice, Device)] {
        let known = Set(catalog.prices.map(\.provider)).sorted()
        for name in request.providers ?? [] where !known.contains(name) {
            throw .unknownProvider(
                name: name, suggestion: nearest(to: name, among: known), known: known)
        }
        let chosen = catalog.prices.compactMap { price -> (InstancePrice, Device)? in
            guard request.providers?.contains(price.provider) ?? true,
                request.devices?.contains(price.device) ?? true,
                let device = catalog.knownDevice(named: price.device)
            else { return nil }
            return (price, device)
        }
        guard !chosen.isEmpty else { throw .noInstances }
        return chosen
    }
}

/// What a search found.
package struct Plan: Sendable {
    /// What was asked.
    package let request: PlanRequest
    /// The cheapest configuration of each strategy on each instance that was not turned down.
    package let candidates: [Candidate]
    /// Everything that was turned down.
    package let rejected: [RejectedPlacement]
    /// What staying with prompts costs, when that was asked and a price is known.
    package let prompt: PromptCost?

    /// The cheapest candidate of each strategy on demand, in the order of the request.
    package var cheapest: [Candidate] {
        request.strategies.compactMap { strategy in
            candidates.filter { $0.strategy == strategy }.min(by: Plan.isCheaper)
        }
    }

    /// Whether a candidate comes first: by cost, then time, then name.
    package static func isCheaper(_ a: Candidate, _ b: Candidate) -> Bool {
        (
            a.cost.likely, a.estimate.duration.likely,
            "\(a.instance.provider) \(a.instance.instance)"
        ) < (
            b.cost.likely, b.estimate.duration.likely,
            "\(b.instance.provider) \(b.instance.instance)"
        )
    }

    /// Strategies of the request for which nothing was found.
    package var strategiesWithoutCandidate: [Strategy] {
        let found = Set(candidates.map(\.strategy))
        return request.strategies.filter { strategy in
            if case .promptOnly = strategy { return prompt == nil }
            return !found.contains(strategy)
        }
    }

    /// Whether there is no answer at all.
    package var isEmpty: Bool { candidates.isEmpty && prompt == nil }
}
