import Planning
import StepPrograms
import Testing
import TrainingSteps

/// Figures of sharded steps are extrapolated over layers exactly too.
@Suite struct ShardedFiguresTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var strategy: Strategy
        var checkpointing: FrameworkConfiguration.Checkpointing
        var accumulation: Int
        var profile: FrameworkProfile
        var testDescription: String {
            "\(profile.name), \(strategy.name), checkpointing \(checkpointing), "
                + "\(accumulation) microbatches"
        }
    }

    static let cases: [Case] = [FrameworkProfile.transformersPEFT, .litGPT].flatMap { profile in
        [Strategy.full, .lora(LowRank(rank: 8)), .dpo(.lora(LowRank(rank: 8)), beta: 0.1)].flatMap {
            strategy in
            [FrameworkConfiguration.Checkpointing.full, .none].flatMap { checkpointing in
                [1, 2].map {
                    Case(
                        strategy: strategy, checkpointing: checkpointing, accumulation: $0,
                        profile: profile)
                }
            }
        }
    }

    @Test(arguments: cases)
    func equalThoseOfTheWholeProgram(_ item: Case) throws {
        var configuration = FrameworkConfiguration(
            item.strategy,
            batch: BatchShape(sequences: 2, length: 40, accumulation: item.accumulation),
            checkpointing: item.checkpointing)
        configuration.parallelism.dataCount = 4
        configuration.parallelism.sharding = .full
        let occupancy = Occupancy.full(length: 40)
        let architecture = model(layers: 8)
        let whole = StepFigures(
            try FrameworkStep(architecture, configuration, profile: item.profile).program,
            occupancy: occupancy)
        let made = try StepFigures.make(occupancy: occupancy, architecture) {
            model throws(ProgramError) in
            try FrameworkStep(model, configuration, profile: item.profile).program
        }
        #expect(made.peak.byRole == whole.peak.byRole)
        #expect(made.peak.op == whole.peak.op)
        #expect(Set(made.microbatch) == Set(whole.microbatch))
        #expect(Set(made.once) == Set(whole.once))
    }
}
