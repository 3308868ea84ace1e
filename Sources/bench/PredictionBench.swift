import Architectures
import ArgumentParser
import Planning
import Quantities
import Reporting
import Simulation
import StepPrograms
import TrainingSteps

/// What the prediction of one configuration of a large model costs.
struct PredictionBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "predict",
        abstract: "Time to predict memory and cost of one configuration of Llama-3.1-70B.",
        discussion: """
            Every configuration is predicted as the planner does it: from programs of three and four \
            layers. The columns after the time say what share of it goes into building those programs \
            and into their lifetimes; the rest counts and extrapolates. The last columns are the \
            program of all 80 layers: building it, and replaying it on the caching allocator.
            """)

    @Option(help: "Repetitions; medians are printed.")
    var repetitions = 51
    @Flag(help: "Leave out the programs of all layers.")
    var skipsWhole = false

    func run() throws {
        var table = Table(
            columns: [
                .init("configuration"), .init("ops"), .init("predict"), .init("build"),
                .init("lifetimes"), .init("count"), .init("whole: ops"), .init("whole: build"),
                .init("whole: replay"),
            ])
        var worst = Seconds.zero
        for configuration in PredictedConfiguration.all {
            let row = try measure(configuration)
            worst = max(worst, row.total)
            table.append(row.cells(configuration.name))
        }
        table.notes.append("slowest prediction: \(fixed(worst / .microseconds(1000), 3)) ms")
        print(table.text(as: .table))
    }

    private func measure(_ configuration: PredictedConfiguration) throws -> PredictionTimes {
        let occupancy = Occupancy.full(length: configuration.batch.length)
        var programs: [StepProgram] = []
        _ = try StepFigures.make(occupancy: occupancy, .llama70B) {
            model throws(ProgramError) in
            let program = try configuration.program(model)
            programs.append(program)
            return program
        }
        var totals: [Seconds] = []
        var builds: [Seconds] = []
        var lifetimes: [Seconds] = []
        for _ in 0 ..< repetitions {
            var build = Seconds.zero
            totals.append(
                try elapsed {
                    _ = try StepFigures.make(occupancy: occupancy, .llama70B) {
                        model throws(ProgramError) in
                        let began = ContinuousClock.now
                        let program = try configuration.program(model)
                        build += seconds(since: began)
                        return program
                    }
                })
            builds.append(build)
            lifetimes.append(elapsed { for program in programs { _ = Liveness(program) } })
        }
        var times = PredictionTimes(
            ops: programs.reduce(0) { $0 + $1.ops.count }, total: median(totals),
            build: median(builds), lifetimes: median(lifetimes))
        guard !skipsWhole else { return times }
        let whole = try configuration.program(.llama70B)
        let few = max(repetitions / 5, 3)
        let build = median(
            try (0 ..< few).map { _ in
                try elapsed { _ = try configuration.program(.llama70B) }
            })
        let replay = median(
            try (0 ..< few).map { _ in try elapsed { _ = try CachingAllocator.replay(whole) } })
        times.whole = (whole.ops.count, build, replay)
        return times
    }

    private func median(_ values: [Seconds]) -> Seconds { values.sorted()[values.count / 2] }

    private func elapsed(_ body: () throws -> Void) rethrows -> Seconds {
        let began = ContinuousClock.now
        try body()
        return seconds(since: began)
    }

    private func seconds(since began: ContinuousClock.Instant) -> Seconds {
        let time = (ContinuousClock.now - began).components
        return Seconds(Double(time.seconds) + Double(time.attoseconds) * 1e-18)
    }
}

/// Median times of one configuration.
private struct PredictionTimes {
    var ops: Int
    var total: Seconds
    var build: Seconds
    var lifetimes: Seconds
    /// Ops, building and replay of the program of all layers.
    var whole: (ops: Int, build: Seconds, replay: Seconds)?

    func cells(_ name: String) -> [Cell] {
        func share(_ part: Seconds) -> Cell { .text("\(fixed(100 * (part / total), 0)) %") }
        return [
            .text(name), .integer(ops), .text("\(fixed(total / .microseconds(1000), 3)) ms"),
            share(build), share(lifetimes),
            share(Seconds(max(0, (total - build - lifetimes).rawValue))),
            whole.map { .integer($0.ops) } ?? .empty, .quantity(whole?.build),
            .quantity(whole?.replay),
        ]
    }
}

/// A configuration whose prediction is timed.
private struct PredictedConfiguration {
    let name: String
    let batch: BatchShape
    private let configuration: FrameworkConfiguration

    private init(_ strategy: Strategy, checkpointing: Bool, devices: Int) {
        batch = BatchShape(
            sequences: { if case .dpo = strategy { 2 } else { 1 } }(), length: 2048)
        var configuration = FrameworkConfiguration(
            strategy, batch: batch, checkpointing: checkpointing ? .full : .none)
        if devices > 1 {
            configuration.parallelism.dataCount = devices
            configuration.parallelism.sharding = .full
        }
        self.configuration = configuration
        name =
            "\(strategy.name), \(checkpointing ? "checkpointing" : "all activations"), "
            + (devices > 1 ? "\(devices) GPUs, zero3" : "1 GPU")
    }

    func program(_ model: Architecture) throws(ProgramError) -> StepProgram {
        try FrameworkStep(model, configuration, profile: .transformersPEFT).program
    }

    static var all: [PredictedConfiguration] {
        let strategies: [Strategy] = [
            .full, .lora(LowRank()), .qlora(LowRank(), doubleQuantized: true),
            .dpo(.lora(LowRank()), beta: 0.1),
        ]
        return strategies.flatMap { strategy in
            [true, false].flatMap { checkpointing in
                [1, 8].map {
                    PredictedConfiguration(strategy, checkpointing: checkpointing, devices: $0)
                }
            }
        }
    }
}

extension Architecture {
    /// Llama-3.1-70B.
    fileprivate static let llama70B = Architecture(
        family: .llama, vocabularySize: 128_256, hiddenWidth: 8192, layerCount: 80, headCount: 64,
        keyValueHeadCount: 8, headWidth: 128, feedForwardWidth: 28_672, normEpsilon: 1e-5,
        tiesEmbeddings: false, hasQueryKeyValueBias: false, normalizesQueriesAndKeys: false,
        rotary: .init(theta: 500_000), contextLength: 131_072)
}
