import Architectures
import ArgumentParser
import Quantities
import Reporting
import Simulation
import StepPrograms
import TrainingSteps

/// What replaying the allocator adds to lifetimes alone.
struct AllocatorBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "allocator",
        abstract: "Time to replay two steps of a 70B model through the caching allocator.")

    func run() throws {
        let large = Architecture(
            family: .llama, vocabularySize: 128_256, hiddenWidth: 8192, layerCount: 80,
            headCount: 64, keyValueHeadCount: 8, headWidth: 128, feedForwardWidth: 28_672,
            normEpsilon: 1e-5, tiesEmbeddings: false, hasQueryKeyValueBias: false,
            normalizesQueriesAndKeys: false, rotary: .init(theta: 500_000),
            contextLength: 131_072)
        var table = Table(
            columns: [
                .init("program"), .init("events"), .init("liveness"), .init("schedule + replay"),
                .init("per event"), .init("expandable"), .init("allocated"), .init("reserved"),
                .init("reserved, expandable"),
            ])
        for strategy in [Strategy.full, .lora(LowRank())] {
            for checkpointing in [FrameworkConfiguration.Checkpointing.full, .none] {
                let program = try FrameworkStep(
                    large,
                    FrameworkConfiguration(
                        strategy, batch: BatchShape(sequences: 2, length: 2048, accumulation: 2),
                        checkpointing: checkpointing),
                    profile: .transformersPEFT
                ).program
                let expandable = AllocatorSettings(expandableSegments: true)
                let peaks = try CachingAllocator.replay(program)
                let replay = try best { _ = try CachingAllocator.replay(program) }
                let events = peaks.statistics.events
                table.append([
                    .text("\(strategy.name), checkpointing \(checkpointing.rawValue)"),
                    .integer(events), .quantity(try best { _ = Liveness(program) }),
                    .quantity(replay), .quantity(Seconds(replay.rawValue / Double(events))),
                    .quantity(
                        try best {
                            _ = try CachingAllocator.replay(program, settings: expandable)
                        }),
                    .quantity(peaks.allocated), .quantity(peaks.reserved),
                    .quantity(
                        try CachingAllocator.replay(program, settings: expandable).reserved),
                ])
            }
        }
        print(table.text(as: .table))
    }

    private func best(_ body: () throws -> Void) throws -> Seconds {
        var best = Double.infinity
        for _ in 0 ..< 7 {
            let began = ContinuousClock.now
            try body()
            let time = (ContinuousClock.now - began).components
            best = min(best, Double(time.seconds) + Double(time.attoseconds) * 1e-18)
        }
        return Seconds(best)
    }
}
