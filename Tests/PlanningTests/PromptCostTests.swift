import Catalog
import Planning
import Quantities
import Testing
import TrainingSteps

@Suite struct PromptCostTests {
    private func planner(_ models: [(String, Double, Double)]) throws -> Planner {
        let shipped = try Shipped.planner.get()
        return Planner(
            catalog: Catalog(
                devices: [gpu()], prices: [instance()],
                apiPrices: models.map {
                    APIPrice(
                        provider: "host", model: $0.0, input: USD($0.1), output: USD($0.2),
                        provenance: Provenance(source: "a test", date: StatedDate("2026-11")))
                }, models: []),
            efficiency: shipped.efficiency, memoryRows: shipped.memoryRows)
    }

    private func prompting(shots: Int = 0) -> PlanRequest {
        var request = request(strategies: [.promptOnly(shots: shots)], examples: 1000, tokens: 40)
        request.prompting.monthlyRequests = 1_000_000
        return request
    }

    @Test func tokensArePricedByHand() throws {
        let planner = try planner([("test/Model-Instruct", 1, 4), ("else", 0.1, 0.1)])
        let prompt = try #require(try planner.plan(prompting()).prompt)
        // 30 tokens in at $1 and 10 out at $4 a million: $0.00007 each, 100 of them evaluated.
        #expect(prompt.price.model == "test/Model-Instruct")
        #expect(abs(prompt.perRequest.likely.rawValue - 70e-6) < 1e-15)
        #expect(prompt.evaluationRequests == 100)
        #expect(abs(prompt.evaluation.likely.rawValue - 0.007) < 1e-12)
        #expect(prompt.month?.likely.description == "$70.00")
    }

    @Test func shotsLengthenThePrompt() throws {
        let planner = try planner([("model", 1, 4)])
        let prompt = try #require(try planner.plan(prompting(shots: 3)).prompt)
        #expect(prompt.inputTokens == 30 + 3 * 40)
    }

    @Test func theCheapestHostIsTaken() throws {
        let planner = try planner([("model", 1, 4), ("owner/model-turbo", 0.5, 2)])
        #expect(try planner.plan(prompting()).prompt?.price.model == "owner/model-turbo")
    }

    @Test func aModelNobodyHostsHasNoPrice() throws {
        let planner = try planner([("model-2", 1, 4)])
        let plan = try planner.plan(prompting())
        #expect(plan.prompt == nil && plan.isEmpty)
        #expect(plan.strategiesWithoutCandidate == [.promptOnly(shots: 0)])
    }

    @Test func unknownHostedModelsAreExplained() throws {
        var request = prompting()
        request.prompting.hostedModel = "modle-2"
        let planner = try planner([("model-2", 1, 4)])
        #expect {
            try planner.plan(request)
        } throws: {
            "\($0)" == "No price of a hosted model called \"modle-2\" is in the catalog. "
                + "Did you mean \"model-2\"?"
        }
    }
}
