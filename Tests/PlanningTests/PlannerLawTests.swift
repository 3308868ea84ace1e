import Catalog
import Planning
import Quantities
import StepPrograms
import Testing
import TrainingSteps

/// What must hold for every request.
@Suite struct PlannerLawTests {
    private func only(
        _ request: PlanRequest, _ device: Device = gpu(), _ price: InstancePrice = instance()
    ) throws -> Candidate {
        try #require(try planner([device], [price]).plan(request).candidates.first)
    }

    @Test(arguments: trained)
    func breakdownsSumToTotals(_ strategy: Strategy) throws {
        let candidate = try only(request(strategies: [strategy]))
        let memory = candidate.estimate.memory
        let roles = memory.byRole.values.reduce(Bytes.zero, +)
        #expect(memory.allocated.likely == roles)
        #expect(
            memory.process.likely == roles + memory.slack.likely + memory.context.likely)
        let phases = candidate.estimate.phases.values.reduce(0) { $0 + $1.likely.rawValue }
        #expect(abs(candidate.estimate.step.likely.rawValue / phases - 1) < 1e-12)
        #expect(candidate.estimate.step.low < candidate.estimate.step.high)
    }

    @Test(arguments: trained)
    func timeIsNeverBelowEitherBound(_ strategy: Strategy) throws {
        let device = gpu(teraFLOPs: 0.001, bandwidth: 1)
        let candidate = try only(request(strategies: [strategy]), device)
        let configuration = candidate.configuration
        let batch = BatchShape(
            sequences: configuration.microbatch * strategy.sequencesPerExample,
            length: strategy == .continuedPretraining ? 64 : 48,
            accumulation: configuration.accumulation)
        let program = try TrainingProfile.transformersPEFT.program(
            model(), strategy: strategy, batch: batch, checkpointing: configuration.checkpointing)
        let occupancy = Occupancy.full(length: batch.length)
        let traffic = program.sections.reduce(0.0) { sum, section in
            sum + Double(section.repetitions)
                * section.ops.reduce(0.0) {
                    $0 + Double(program.cost(of: $1, occupancy: occupancy).traffic.rawValue)
                }
        }
        let step = candidate.estimate.step.low
        let peak = try #require(device.trainingPeak(.bf16))
        #expect(step >= program.totalFLOPs(occupancy: occupancy) / peak)
        #expect(step.rawValue >= traffic / device.memoryBandwidth.rawValue)
    }

    @Test(arguments: trained)
    func moreWorkNeverTakesLess(_ strategy: Strategy) throws {
        let base = request(strategies: [strategy])
        let before = try only(base).estimate
        for change: (inout PlanRequest) -> Void in [
            { $0.data.examples = 200 }, { $0.epochs = 2 },
            { $0.data.lengths = .stated(60) },
            { $0.architecture.layerCount = 9 }, { $0.architecture.feedForwardWidth = 320 },
        ] {
            var larger = base
            change(&larger)
            let after = try only(larger).estimate
            #expect(after.training.likely >= before.training.likely)
            #expect(after.training.low >= before.training.low)
        }
    }

    @Test(arguments: trained)
    func peakNeverFallsWithTheRequest(_ strategy: Strategy) throws {
        var base = request(strategies: [strategy], batchSize: 1)
        base.checkpointing = .off
        let before = try only(base).estimate.memory.process.likely
        for change: (inout PlanRequest) -> Void in [
            { $0.sequenceLength = 128 }, { $0.architecture.layerCount = 9 },
            { $0.architecture.hiddenWidth = 128 },
        ] {
            var larger = base
            change(&larger)
            #expect(try only(larger).estimate.memory.process.likely >= before)
        }
        var again = base
        again.checkpointing = .on
        #expect(try only(again).estimate.memory.process.likely <= before)
    }

    @Test func fasterDevicesNeverTakeLonger() throws {
        let base = request()
        var before = [Double](repeating: .infinity, count: trained.count)
        for (teraFLOPs, bandwidth) in [(1.0, 10.0), (1, 100), (50, 100), (50, 3000), (900, 3000)] {
            let plan = try planner(
                [gpu(teraFLOPs: teraFLOPs, bandwidth: bandwidth)], [instance()]
            ).plan(base)
            let times = plan.candidates.map(\.estimate.duration.likely.rawValue)
            #expect(times.count == trained.count)
            for (new, old) in zip(times, before) { #expect(new <= old) }
            before = times
        }
    }

    @Test func doublePriceIsDoubleCost() throws {
        let one = try only(request(strategies: [.full]), gpu(), instance(price: 2, spot: 1))
        let two = try only(request(strategies: [.full]), gpu(), instance(price: 4))
        #expect(two.cost.likely == one.cost.likely * 2)
        #expect(two.cost.high == one.cost.high * 2)
        #expect(one.spotCost?.likely == one.cost.likely * 0.5)
    }

    /// Every configuration of a small space, priced from full programs, in a loop of its own.
    @Test(arguments: trained)
    func cheapestEqualsBruteForce(_ strategy: Strategy) throws {
        let devices = [
            gpu("small", memory: 0.77, teraFLOPs: 100, bandwidth: 1000),
            gpu("slow", memory: 24, teraFLOPs: 20, bandwidth: 300),
            gpu("fast", memory: 80, teraFLOPs: 900, bandwidth: 3000),
        ]
        let prices = [
            instance("small", name: "a", price: 0.1), instance("slow", name: "b", price: 0.3),
            instance("fast", name: "c", price: 5), instance("slow", name: "d", price: 0.31),
            instance("fast", name: "e", count: 8, price: 0.01),
        ]
        let planner = try planner(devices, prices)
        let request = request(strategies: [strategy], examples: 100_000, batchSize: 8)
        let plan = try planner.plan(request)
        let process = try planner.processMemory(.transformersPEFT)
        let work = Workload(
            request.data, strategy: strategy, epochs: 1, batchSize: 8, sequenceLength: 64)
        var best: (cost: Double, instance: String)?
        for price in prices where price.deviceCount == 1 {
            let device = try #require(devices.first { $0.name == price.device })
            let pricing = try #require(
                DevicePricing(
                    device, precision: .bf16, efficiency: planner.efficiency,
                    assumptions: request.assumptions))
            for checkpointing in [true, false] {
                for rows in [8, 4, 2, 1] {
                    func figures(_ shape: BatchShape) throws -> StepFigures {
                        var shape = shape
                        shape.accumulation = 8 / rows
                        let program = try TrainingProfile.transformersPEFT.program(
                            request.architecture, strategy: strategy, batch: shape,
                            checkpointing: checkpointing)
                        return StepFigures(program, occupancy: .full(length: shape.length))
                    }
                    let memory = MemoryEstimate(
                        try figures(work.largest(rows: rows)).peak, process: process)
                    guard memory.process.low * (1 / 0.95) <= device.memory else { continue }
                    let step = pricing.phases(
                        of: try figures(work.mean(rows: rows)), microbatches: 8 / rows
                    ).values.reduce(0) { $0 + $1.likely.rawValue }
                    let seconds = step * Double(work.steps) + 600
                    let cost = try #require(price.onDemand).rawValue * seconds / 3600
                    if cost < best?.cost ?? .infinity { best = (cost, price.instance) }
                }
            }
        }
        let expected = try #require(best)
        let found = try #require(plan.cheapest.first)
        #expect(found.instance.instance == expected.instance)
        #expect(abs(found.cost.likely.rawValue / expected.cost - 1) < 1e-9)
        #expect(plan.rejected.contains { $0.rejection == .severalDevices(count: 8) })
    }
}
