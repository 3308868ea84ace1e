import Architectures
import ArgumentParser
import Quantities
import Reporting
import StepPrograms
import TrainingSteps

/// What one candidate of the planner costs.
struct PlannerBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "planner", abstract: "Time to build and plan one step program.")

    func run() throws {
        var table = Table(
            columns: [
                .init("program"), .init("ops"), .init("build"), .init("liveness"), .init("plan"),
            ])
        let small = Architecture(
            family: .llama, vocabularySize: 49_152, hiddenWidth: 576, layerCount: 32, headCount: 9,
            keyValueHeadCount: 3, headWidth: 64, feedForwardWidth: 1536, normEpsilon: 1e-5,
            tiesEmbeddings: true, hasQueryKeyValueBias: false, normalizesQueriesAndKeys: false,
            rotary: .init(theta: 10_000), contextLength: 2048)
        let batch = BatchShape(sequences: 4, length: 256)
        for strategy in [Strategy.full, .lora(LowRank())] {
            let build = try best {
                _ = try TrainingStep.make(
                    small, strategy: strategy, batch: batch, optimizer: OptimizerConfiguration(),
                    profile: LocalProfile(workers: 2))
            }
            let program = try TrainingStep.make(
                small, strategy: strategy, batch: batch, optimizer: OptimizerConfiguration(),
                profile: LocalProfile(workers: 2)
            ).program
            let liveness = Liveness(program)
            table.append([
                .text("local, 32 layers, \(strategy.name)"), .integer(program.ops.count),
                .quantity(build), .quantity(try best { _ = Liveness(program) }),
                .quantity(try best { _ = MemoryPlan(program, liveness: liveness) }),
            ])
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
