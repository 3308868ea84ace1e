import Planning
import Quantities
import Testing
import TrainingSteps

/// A wrong request and the sentence it gets.
struct WrongRequest: Sendable, CustomTestStringConvertible {
    let change: @Sendable (inout PlanRequest) -> Void
    let message: String
    var testDescription: String { message }

    static let all: [WrongRequest] = [
        .init(
            change: { $0.data.examples = 0 },
            message: "The number of examples is 0; it must be more than zero."),
        .init(
            change: { $0.batchSize = -1 },
            message: "The batch size is -1; it must be more than zero."),
        .init(
            change: { $0.epochs = 0 },
            message: "The number of epochs is 0; it must be more than zero."),
        .init(
            change: { $0.data.lengths = .stated(0) },
            message: "The number of tokens of an example is 0; it must be more than zero."),
        .init(
            change: { $0.sequenceLength = 5000 },
            message: "The sequence length is 5000, but the model was made for at most 4096 tokens."),
        .init(
            change: {
                $0.profile = .local
                $0.architecture.normPlacement = .around
            },
            message: "test/model cannot be planned for the local profile: blocks that normalise "
                + "elsewhere than before attention and feed-forward do not run here."),
        .init(
            change: { $0.strategies = [] },
            message: "No strategy was named; name one of prompt-only, lora, qlora, full, "
                + "continued-pretraining, dpo, dpo-qlora, dpo-full, or all."),
        .init(
            change: { $0.strategies = [.lora(LowRank(rank: 64))] },
            message:
                "The rank is 64, but the narrowest adapted layer is 32 wide; a rank must be less."),
        .init(
            change: { $0.strategies = [.lora(LowRank(rank: 0))] },
            message: "The rank is 0; it must be more than zero."),
        .init(
            change: { $0.budget = .zero },
            message: "The budget is $0.00; it must be more than zero."),
        .init(
            change: { $0.deadline = Seconds(-1) },
            message: "The deadline is -1.00 s; it must be more than zero."),
    ]
}

@Suite struct PlanErrorTests {
    @Test(arguments: WrongRequest.all)
    func wrongRequestsAreExplained(_ wrong: WrongRequest) throws {
        var request = request()
        wrong.change(&request)
        let planner = try planner([gpu()], [instance()])
        #expect {
            try planner.plan(request)
        } throws: {
            "\($0)" == wrong.message
        }
    }

    @Test func strategiesAreReadFromLists() throws {
        #expect(try StrategyName.parse("lora, full,lora") == [.lora, .full])
        #expect(try StrategyName.parse("all") == StrategyName.allCases)
        #expect {
            try StrategyName.parse("qlor")
        } throws: {
            "\($0)" == "Unknown strategy \"qlor\". Did you mean \"qlora\"?"
        }
        #expect {
            try StrategyName.parse("reinforcement")
        } throws: {
            "\($0)".hasPrefix(
                "Unknown strategy \"reinforcement\". Strategies are prompt-only, lora")
        }
        #expect(throws: PlanError.noStrategies) { try StrategyName.parse(" , ") }
    }

    @Test(arguments: StrategyName.allCases)
    func namesSurviveTheRoundTrip(_ name: StrategyName) {
        #expect(name.strategy(adapter: LowRank(), shots: 2).planName == name)
    }

    @Test func profilesAreNamed() throws {
        #expect(try TrainingProfile.named("Local") == .local)
        #expect {
            try TrainingProfile.named("unsloth")
        } throws: {
            "\($0)" == "Unknown profile \"unsloth\". Profiles are local and transformers+peft."
        }
    }
}
