import Architectures
import Quantities
import StepPrograms
import Testing
import TrainingSteps

let tiny = Architecture(
    family: .llama, vocabularySize: 97, hiddenWidth: 32, layerCount: 3, headCount: 4,
    keyValueHeadCount: 2, headWidth: 8, feedForwardWidth: 48, normEpsilon: 1e-5,
    tiesEmbeddings: false, hasQueryKeyValueBias: false, normalizesQueriesAndKeys: false,
    rotary: .init(theta: 10_000), contextLength: 64)

let strategies: [Strategy] = [
    .full, .continuedPretraining, .lora(LowRank(rank: 4)),
    .qlora(LowRank(rank: 4), doubleQuantized: true),
    .dpo(.lora(LowRank(rank: 4)), beta: 0.1), .dpo(.full(.frozenCopy), beta: 0.1),
    .dpo(.full(.precomputed), beta: 0.1),
    .dpo(.qlora(LowRank(rank: 4), doubleQuantized: false), beta: 0.1),
]

func makeStep(
    _ strategy: Strategy, of architecture: Architecture = tiny, sequences: Int = 2,
    length: Int = 16,
    accumulation: Int = 1, checkpointing: Bool = false
) throws -> TrainingStep {
    try TrainingStep.make(
        architecture, strategy: strategy,
        batch: BatchShape(sequences: sequences, length: length, accumulation: accumulation),
        optimizer: OptimizerConfiguration(),
        profile: LocalProfile(workers: 1, checkpointing: checkpointing))
}

/// Laws that every step obeys.
@Suite struct StepLawTests {
    private func peak(_ step: TrainingStep) -> Bytes { Liveness(step.program).peak }

    @Test(arguments: strategies)
    func peakNeverFallsWhenWorkGrows(_ strategy: Strategy) throws {
        let base = peak(try makeStep(strategy))
        #expect(peak(try makeStep(strategy, sequences: 4)) >= base)
        #expect(peak(try makeStep(strategy, length: 32)) >= base)
        #expect(peak(try makeStep(strategy, accumulation: 3)) >= base)
        var deeper = tiny
        deeper.layerCount += 1
        #expect(peak(try makeStep(strategy, of: deeper)) > base)
    }

    @Test(arguments: strategies)
    func checkpointingNeverRaisesThePeak(_ strategy: Strategy) throws {
        let kept = peak(try makeStep(strategy, sequences: 8, length: 32))
        let again = peak(
            try makeStep(strategy, sequences: 8, length: 32, checkpointing: true))
        #expect(again < kept)
    }

    @Test(arguments: strategies)
    func theArenaIsNearlyThePeak(_ strategy: Strategy) throws {
        let program = try makeStep(strategy, sequences: 4).program
        let liveness = Liveness(program)
        let plan = MemoryPlan(program, liveness: liveness)
        #expect(plan.size >= liveness.peak)
        #expect(plan.size / liveness.peak < 1.1)
    }

    @Test func rankRaisesThePeak() throws {
        let peaks = try [2, 8, 32].map { peak(try makeStep(.lora(LowRank(rank: $0)))) }
        #expect(peaks == peaks.sorted())
        #expect(Set(peaks).count == 3)
    }

    @Test func fourBitWeightsAreSmaller() throws {
        func weights(_ strategy: Strategy) throws -> Bytes {
            let step = try makeStep(strategy)
            return step.model.parameters.values.reduce(.zero) { $0 + step.program[$1].bytes }
        }
        let plain = try weights(.lora(LowRank(rank: 4)))
        let single = try weights(.qlora(LowRank(rank: 4), doubleQuantized: false))
        let double = try weights(.qlora(LowRank(rank: 4), doubleQuantized: true))
        #expect(double < single && single < plain)
    }

    /// Full training costs 6 FLOPs a parameter and token besides attention; the embedding is a lookup.
    @Test func fullTrainingCostsSixFLOPsAParameterAndToken() throws {
        let (sequences, length) = (2, 16)
        let step = try makeStep(.full, sequences: sequences, length: length)
        let occupancy = Occupancy.full(length: length)
        let products = step.program.ops.reduce(FLOPs.zero) { sum, op in
            let cost = step.program.cost(of: op, occupancy: occupancy)
            let isAttention = op.scope.module == .attention
            return cost.product == nil || isAttention ? sum : sum + cost.flops
        }
        let multiplied = step.model.parameters.reduce(0) { sum, item in
            switch item.key {
            case .weight, .outputHead: sum + step.program[item.value].shape.count
            default: sum
            }
        }
        #expect(products == FLOPs(6.0 * Double(multiplied * sequences * length)))
    }

    @Test func parameterCountsAreExact() throws {
        for strategy in strategies {
            let step = try makeStep(strategy)
            let count = step.model.parameters.values.reduce(0) {
                $0 + step.program[$1].shape.count
            }
            #expect(count == tiny.parameterCount)
        }
        // SmolLM2-135M: 134,515,008 parameters as published with its checkpoint.
        let smol = Architecture(
            family: .llama, vocabularySize: 49_152, hiddenWidth: 576, layerCount: 30, headCount: 9,
            keyValueHeadCount: 3, headWidth: 64, feedForwardWidth: 1536, normEpsilon: 1e-5,
            tiesEmbeddings: true, hasQueryKeyValueBias: false, normalizesQueriesAndKeys: false,
            rotary: .init(theta: 100_000), contextLength: 8192)
        #expect(smol.parameterCount == 134_515_008)
    }

    @Test func everyRecordedProgramVerifies() throws {
        var qwen = tiny
        qwen.hasQueryKeyValueBias = true
        qwen.normalizesQueriesAndKeys = true
        qwen.tiesEmbeddings = true
        for strategy in strategies {
            for checkpointing in [false, true] {
                _ = try makeStep(strategy, of: qwen, accumulation: 2, checkpointing: checkpointing)
            }
        }
    }

    @Test func evaluationProgramVerifies() throws {
        for strategy in [Strategy.promptOnly(shots: 0), .lora(LowRank(rank: 2))] {
            let step = try EvaluationStep(
                tiny, strategy: strategy,
                extents: .init(
                    scoring: BatchShape(sequences: 2, length: 16), slots: 3, capacity: 40,
                    prefillRows: 8, keepsLogits: true),
                profile: LocalProfile(workers: 1))
            #expect(step.program.sections.map(\.name) == [.scoring, .prefill, .decode])
        }
    }
}
