import Catalog
import Planning
import Quantities
import Testing
import TrainingSteps

@Suite struct PlannerTests {
    private static let whole = MeasuredSpread(
        low: 1, likely: 1, high: 1, rowCount: 1, residual: nil)

    /// A run whose every number can be counted by hand, to the cent.
    @Test func handCountedRun() throws {
        // A device so slow at matrix products that nothing else takes time: 10⁶ FLOP/s.
        var device = gpu(teraFLOPs: 1e-6, bandwidth: 1e9)
        device.peaks[.fp32] = .teraFLOPs(1e9)
        let planner = Planner(
            catalog: Catalog(
                devices: [device], prices: [instance(price: 2)], apiPrices: [], models: []),
            efficiency: DeviceEfficiency(
                matrix: Self.whole, bandwidth: Self.whole,
                attention: MeasuredSpread(
                    low: 1e12, likely: 1e12, high: 1e12, rowCount: 1, residual: nil)),
            memoryRows: try Shipped.planner.get().memoryRows)
        var request = request(strategies: [.full], tokens: 64)
        request.assumptions.launch = .init(low: 0, likely: 0, high: 0)
        request.assumptions.setUp = .init(low: 3600, likely: 3600, high: 3600)
        let candidate = try #require(try planner.plan(request).candidates.first)
        // Weights in products: a layer has 64·64 (query) + 2·32·64 (key, value) + 64·64 (output)
        // + 3·64·160 (gate, up, down) = 43,008; six layers and a head of 512·64 have 290,816.
        // Three products of 2 FLOPs for each weight and token: 6 · 290,816 · 4 · 64 = 446,693,376
        // a step, which takes 446.69 s; a hundred examples are 25 steps; an hour of set-up.
        #expect(abs(candidate.estimate.step.likely.rawValue - 446.693376) < 1e-5)
        #expect(candidate.estimate.steps == 25)
        // (25 · 446.693376 s + 3600 s) / 3600 · $2 = $8.2041
        #expect(abs(candidate.cost.likely.rawValue - 8.204075) < 1e-5)
        #expect(candidate.cost.likely.description == "$8.20")
        #expect(candidate.configuration.microbatch == 4)
        #expect(!candidate.configuration.checkpointing)
    }

    @Test func largestMicrobatchThatFitsIsTaken() throws {
        let plan = try planner([gpu()], [instance()]).plan(
            request(strategies: [.full], batchSize: 12))
        // Twelve rows in powers of two that divide them: 1, 2, 4.
        #expect(plan.candidates.first?.configuration.microbatch == 4)
        #expect(plan.candidates.first?.configuration.accumulation == 3)
    }

    @Test func everyRejectionHasItsNumber() throws {
        let devices = [
            gpu("tiny", memory: 0.5), gpu("old", hasBF16: false), gpu("other", vendor: "Google"),
            gpu("good"),
        ]
        let prices = [
            instance("tiny"), instance("old"), instance("other"), instance("good", count: 8),
            instance("good", price: nil, spot: 0.5),
        ]
        let plan = try planner(devices, prices).plan(request(strategies: [.full]))
        #expect(plan.candidates.isEmpty && plan.isEmpty)
        let reasons = plan.rejected.map { "\($0.device) \($0.rejection)" }
        #expect(reasons.count == 5)
        #expect(
            reasons.contains("old has no bfloat16 matrix units, in which these weights are trained")
        )
        #expect(reasons.contains("other is made by Google, where this profile does not run"))
        #expect(reasons.contains("good has 8 GPUs; one is planned for"))
        #expect(reasons.contains("good is sold at a spot price only ($0.50/h)"))
        guard case .doesNotFit(let needed, let available)? = plan.rejected.first?.rejection else {
            Issue.record("the first device should be too small: \(reasons)")
            return
        }
        #expect(available == .gibibytes(0.5) && needed > available && needed < .gibibytes(1))
    }

    @Test func adaptersTrainWithoutBF16() throws {
        let plan = try planner([gpu("old", hasBF16: false)], [instance("old")]).plan(request())
        let names = Set(plan.candidates.map(\.strategy.planName))
        #expect(names == [.lora, .qlora, .dpo, .dpoQLoRA])
    }

    @Test func limitsTurnDown() throws {
        var request = request(strategies: [.full])
        request.budget = USD(0.01)
        var plan = try planner([gpu()], [instance()]).plan(request)
        #expect(plan.rejected.first?.rejection.reason == "over budget")
        request.budget = nil
        request.deadline = Seconds(60)
        plan = try planner([gpu()], [instance()]).plan(request)
        #expect(plan.rejected.first?.rejection.reason == "misses the deadline")
        request.deadline = .hours(10)
        #expect(try planner([gpu()], [instance()]).plan(request).candidates.count == 1)
    }

    @Test func nearestMissIsTheLeastExcess() throws {
        let devices = [gpu("a", memory: 0.3), gpu("b", memory: 0.6), gpu("c", memory: 0.4)]
        let plan = try planner(devices, ["a", "b", "c"].map { instance($0) }).plan(
            request(strategies: [.full, .lora(LowRank(rank: 4))]))
        let summary = try #require(RejectionSummary.summarize(plan.rejected).first)
        #expect(summary.reason == "does not fit" && summary.count == 6)
        #expect(summary.nearestMiss.device == "b")
    }

    @Test func filtersNarrowTheSearch() throws {
        let planner = try planner(
            [gpu("a"), gpu("b")], [instance("a"), instance("b", name: "two")])
        var request = request(strategies: [.full])
        request.devices = ["b"]
        #expect(try planner.plan(request).candidates.map(\.device.name) == ["b"])
        request.providers = ["clout"]
        #expect {
            try planner.plan(request)
        } throws: {
            "\($0)" == "Unknown provider \"clout\". Did you mean \"cloud\"?"
        }
        request.providers = ["cloud"]
        request.devices = ["c"]
        #expect(throws: PlanError.noInstances) { try planner.plan(request) }
    }

    @Test func oldPricesAreMarked() throws {
        let prices = [instance(name: "new"), instance(name: "old", date: "2026-06")]
        let plan = try planner([gpu()], prices).plan(request(strategies: [.full]))
        #expect(plan.candidates.map(\.priceIsStale) == [false, true])
    }

    @Test func theLocalProfileHasNoContext() throws {
        var request = request(strategies: [.full])
        request.profile = .local
        let memory = try #require(
            try planner([gpu()], [instance()]).plan(request).candidates.first
        ).estimate.memory
        #expect(memory.process.likely == memory.allocated.likely)
        #expect(memory.process.low == memory.process.high)
    }

    /// The whole search over the shipped catalog answers for every strategy.
    @Test func shippedCatalogPlansEightBillionParameters() throws {
        var request = request(llama8B, strategies: [.lora(LowRank()), .full], sequenceLength: 2048)
        request.devices = ["H100-SXM-80GB", "H200-SXM-141GB"]
        let plan = try Shipped.planner.get().plan(request)
        #expect(plan.cheapest.count == 2)
        // Ten bytes for each parameter do not fit into 80 GB with everything else.
        #expect(plan.cheapest.last?.device.name == "H200-SXM-141GB")
        #expect(plan.rejected.contains { $0.rejection.reason == "does not fit" })
    }
}
