import Architectures
import Quantities
import StepPrograms
import Testing
import TrainingSteps

/// Llama-3.1-8B: 8,030,261,248 parameters as published.
private let llama8B = Architecture(
    family: .llama, vocabularySize: 128_256, hiddenWidth: 4096, layerCount: 32, headCount: 32,
    keyValueHeadCount: 8, headWidth: 128, feedForwardWidth: 14_336, normEpsilon: 1e-5,
    tiesEmbeddings: false, hasQueryKeyValueBias: false, normalizesQueriesAndKeys: false,
    rotary: .init(theta: 500_000), contextLength: 131_072)

@Suite struct FrameworkStepTests {
    private func liveness(
        _ strategy: Strategy, sequences: Int = 1, length: Int = 2048, checkpointing: Bool = true
    ) throws -> (FrameworkStep, Liveness) {
        let step = try FrameworkStep(
            llama8B,
            .init(
                strategy, batch: BatchShape(sequences: sequences, length: length),
                checkpointing: checkpointing ? .full : .none),
            profile: .transformersPEFT)
        return (step, Liveness(step.program))
    }

    @Test func parametersAreCountedExactly() {
        #expect(llama8B.parameterCount == 8_030_261_248)
    }

    @Test func strategiesAreOrderedByPeak() throws {
        let full = try liveness(.full).1.peak
        let lora = try liveness(.lora(LowRank())).1.peak
        let qlora = try liveness(.qlora(LowRank(), doubleQuantized: true)).1.peak
        #expect(qlora < lora && lora < full)
        // bfloat16 weights, gradients and two moments, and one more copy while AdamW takes roots.
        #expect(full >= Bytes(llama8B.parameterCount * 10))
    }

    @Test func checkpointingKeepsOneInputOfEachLayer() throws {
        let kept = try liveness(.lora(LowRank()), checkpointing: false).1.peak
        let again = try liveness(.lora(LowRank()), checkpointing: true).1.peak
        #expect(again < kept)
    }

    @Test func logitsExistInBothFormatsAtTheLoss() throws {
        let (step, liveness) = try liveness(.lora(LowRank()), sequences: 4)
        let roles = liveness.breakdown(step.program, at: liveness.peakOp)
        // log-softmax in float32 and its gradient at least.
        #expect(roles[.logits, default: .zero] >= Bytes(4 * 2048 * 128_256 * 4))
    }

    @Test(arguments: strategies)
    func everyStrategyVerifies(_ strategy: Strategy) throws {
        for checkpointing in [false, true] {
            _ = try FrameworkStep(
                tiny,
                .init(
                    strategy, batch: BatchShape(sequences: 2, length: 16, accumulation: 2),
                    checkpointing: checkpointing ? .full : .none),
                profile: .transformersPEFT)
        }
    }
}
