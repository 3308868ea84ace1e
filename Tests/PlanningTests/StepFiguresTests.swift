import Architectures
import Planning
import Quantities
import Simulation
import StepPrograms
import Testing
import TrainingSteps

/// One step whose figures are made in two ways.
struct Build: Sendable, CustomTestStringConvertible {
    var strategy: Strategy
    var profile: TrainingProfile
    var checkpointing: Bool
    var testDescription: String {
        "\(strategy.planName.rawValue), \(profile.rawValue), checkpointing \(checkpointing)"
    }
    static let all = trained.flatMap { strategy in
        TrainingProfile.allCases.flatMap { profile in
            [false, true].map {
                Build(strategy: strategy, profile: profile, checkpointing: $0)
            }
        }
    }
}

@Suite struct StepFiguresTests {
    /// Extrapolation over layers must equal the full program: peak by role and every op's cost.
    @Test(arguments: Build.all)
    func layersExtrapolateExactly(_ build: Build) throws {
        let shapes = [
            BatchShape(sequences: 1, length: 300),
            BatchShape(sequences: 4, length: 33, accumulation: 2),
        ]
        for batch in shapes {
            for architecture in [
                model(layers: 6), model(layers: 9, ties: true, bias: true, normalizes: true),
            ] {
                let program = try build.profile.program(
                    architecture, strategy: build.strategy, batch: batch,
                    checkpointing: build.checkpointing)
                let full = StepFigures(program, occupancy: .full(length: batch.length))
                let made = try StepFigures.make(
                    architecture, strategy: build.strategy, batch: batch,
                    profile: build.profile, checkpointing: build.checkpointing)
                let place: Comment = "\(architecture.layerCount) layers, \(batch)"
                #expect(made.peak.byRole == full.peak.byRole, place)
                #expect(made.peak.op == full.peak.op, place)
                #expect(Set(made.microbatch) == Set(full.microbatch), place)
                #expect(Set(made.once) == Set(full.once), place)
            }
        }
    }

    @Test(arguments: [Strategy.lora(LowRank()), .full])
    func largeModelExtrapolatesExactly(_ strategy: Strategy) throws {
        let batch = BatchShape(sequences: 1, length: 2048)
        let program = try TrainingProfile.transformersPEFT.program(
            llama8B, strategy: strategy, batch: batch, checkpointing: true)
        let made = try StepFigures.make(
            llama8B, strategy: strategy, batch: batch, profile: .transformersPEFT,
            checkpointing: true)
        #expect(made.peak == StepFigures(program, occupancy: .full(length: 2048)).peak)
    }

    /// Summed over groups, time equals the simulator's, which goes op by op.
    @Test(arguments: [1, 2])
    func durationsEqualTheSimulators(_ accumulation: Int) throws {
        let batch = BatchShape(sequences: 2, length: 24, accumulation: accumulation)
        let device = DeviceModel.gpu(
            "G", memory: .gibibytes(80),
            rates: .init(
                matrix: .teraFLOPs(1), attention: .teraFLOPs(0.5), vector: .teraFLOPs(0.1),
                bandwidth: .gigabytes(100), launch: .microseconds(3)), basis: "test")
        let program = try TrainingProfile.transformersPEFT.program(
            model(), strategy: .full, batch: batch, checkpointing: false)
        let occupancy = Occupancy.full(length: 24)
        let trace = simulate(program, on: device, occupancy: occupancy)
        let figures = StepFigures(program, occupancy: occupancy)
        let sum = figures.durations(on: device, microbatches: accumulation).values.reduce(
            Seconds.zero, +)
        #expect(abs(sum / trace.duration - 1) < 1e-9)
        #expect(
            abs(
                figures.flops(microbatches: accumulation) / program.totalFLOPs(occupancy: occupancy)
                    - 1)
                < 1e-12)
    }
}
