import Architectures
import Engine
import Foundation
import StepPrograms
import Testing
import Training
import TrainingSteps

/// Laws that hold whatever the weights are.
@Suite struct TrainingLawTests {
    @Test func microbatchesAddUpToOneBatch() throws {
        let input = TinyModels.supervised()
        var once = try TinyModels.trainer(TinyModels.llama, .full)
        var twice = try TinyModels.trainer(TinyModels.llama, .full, accumulation: 2)
        let a = try once.train(on: [input])
        let b = try twice.train(on: [input, input])
        #expect(abs(a.loss - b.loss) <= 1e-5 * a.loss)
        #expect(abs(a.gradientNorm - b.gradientNorm) <= 1e-4 * a.gradientNorm)
    }

    @Test func freshAdapterChangesNothing() throws {
        let input = TinyModels.supervised()
        var base = try TinyModels.trainer(TinyModels.llama, .full, enlarges: false)
        var adapted = try TinyModels.trainer(
            TinyModels.llama, .lora(TinyModels.adapter), enlarges: false)
        base.differentiate(input)
        adapted.differentiate(input)
        #expect(
            base.executor.scalar(base.step.outputs.loss)
                == adapted.executor.scalar(adapted.step.outputs.loss))
    }

    @Test func equalPolicyAndReferenceGiveLogTwo() throws {
        var trainer = try TinyModels.trainer(
            TinyModels.llama, .dpo(.lora(TinyModels.adapter), beta: 0.1), enlarges: false)
        let record = try trainer.train(on: [TinyModels.preference()])
        #expect(abs(record.loss - log(2)) < 1e-6)
        #expect(record.preference?.rewardMargin == 0)
    }

    @Test func paddingChangesNothing() throws {
        var plain = try TinyModels.trainer(TinyModels.llama, .full)
        var padded = try TinyModels.trainer(TinyModels.llama, .full)
        let input = TinyModels.supervised()
        var other = input
        for row in other.tokens.indices where other.segmentStarts[row] == Int32(row) && row > 0 {
            let startsSegment =
                row + 1 < other.tokens.count && other.segmentStarts[row + 1] == Int32(row)
            if !startsSegment, other.targets[row] < 0, row % 11 != 0 { other.tokens[row] = 42 }
        }
        #expect(other != input)
        plain.differentiate(input)
        padded.differentiate(other)
        #expect(
            plain.executor.scalar(plain.step.outputs.loss)
                == padded.executor.scalar(padded.step.outputs.loss))
    }

    @Test func uniformLogitsCostTheLogarithmOfTheVocabulary() throws {
        var trainer = try TinyModels.trainer(TinyModels.llama, .full)
        trainer.executor.fill(trainer.step.model[.outputHead]) { span in
            for index in span.indices { span[index] = 0 }
        }
        trainer.differentiate(TinyModels.supervised())
        let loss = Double(trainer.executor.scalar(trainer.step.outputs.loss))
        #expect(abs(loss - log(61)) < 1e-5)
    }

    @Test func lossFallsOnOneBatch() throws {
        for strategy in [
            Strategy.full, .lora(TinyModels.adapter),
            .qlora(TinyModels.adapter, doubleQuantized: false),
        ] {
            var trainer = try TinyModels.trainer(TinyModels.llama, strategy, workers: 2)
            let records = try (0 ..< 20).map { _ in
                try trainer.train(on: [TinyModels.supervised()])
            }
            #expect(records[19].loss < 0.7 * records[0].loss, "\(strategy.name)")
        }
    }

    @Test func aMonstrousLearningRateIsReported() throws {
        var trainer = try TinyModels.trainer(TinyModels.llama, .full, learningRate: 1e30)
        let error = #expect(throws: TrainingError.self) {
            for _ in 0 ..< 5 { _ = try trainer.train(on: [TinyModels.supervised()]) }
        }
        #expect(error?.description.contains("--learning-rate") ?? false)
    }

    /// In a process of its own, because other tests allocate meanwhile, and with one worker, because
    /// Dispatch keeps books of its own.
    @Test func stepsAllocateNothing() async {
        await #expect(processExitsWith: .success) {
            var trainer = try TinyModels.trainer(TinyModels.llama, .lora(TinyModels.adapter))
            trainer.differentiate(TinyModels.supervised())
            // The first whole step also makes what the runtime keeps for good, such as metadata of types.
            trainer.executor.beginStep()
            trainer.executor.run(section: 0)
            trainer.executor.run(section: 1)
            let before = allocatedBytes()
            for _ in 0 ..< 10 {
                trainer.executor.beginStep()
                trainer.executor.run(section: 0)
                trainer.executor.run(section: 1)
            }
            #expect(allocatedBytes() == before)
        }
    }
}
