import Architectures
import Engine
import ModelFiles
import StepPrograms
import Testing
import Training
import TrainingSteps

/// What is saved and read again trains on as if it had stayed in memory.
@Suite struct GoldenResumptionTests {
    private func configuration(_ strategy: Strategy) -> TrainingConfiguration {
        TrainingConfiguration(
            strategy: strategy, batch: BatchShape(sequences: 4, length: 21),
            schedule: Schedule(
                shape: .constant, learningRate: 3e-3, warmupSteps: 0, totalSteps: 8),
            optimizer: OptimizerConfiguration(weightDecay: 0.1),
            profile: LocalProfile(workers: 1), seed: 5)
    }

    private func trainer(
        _ model: ModelFile, _ strategy: Strategy, adapter: AdapterFile? = nil
    ) throws -> Trainer {
        try Trainer(
            model.architecture, weights: .checkpoint(model), adapter: adapter,
            configuration: configuration(strategy), workers: Workers(count: 1))
    }

    private func inputs(_ name: String) throws -> [StepInput] {
        let file: GoldenTrainingTests.File = try Golden.read("\(name)-training")
        return file.batches.map { $0.input(rows: 4, length: 21) }
    }

    /// Trains the one that was read and one whose weights were copied in memory, and compares bits.
    private func expectSameContinuation(
        _ read: inout Trainer, _ copied: inout Trainer, after trained: inout Trainer,
        _ inputs: [StepInput]
    ) throws {
        for weight in trained.step.gradients.keys {
            copied.executor.copy(weight, from: trained.executor, weight)
        }
        for step in 0 ..< 4 {
            let a = try read.train(on: [inputs[step % 2]])
            let b = try copied.train(on: [inputs[step % 2]])
            #expect(a.loss == b.loss && a.gradientNorm == b.gradientNorm)
            if step == 0 {
                // The run that was saved has the same loss next.
                #expect(try trained.train(on: [inputs[0]]).loss == a.loss)
            }
        }
        for weight in read.step.gradients.keys {
            #expect(
                read.executor.floatValues(of: weight) == copied.executor.floatValues(of: weight),
                "\(read.step.program[weight].name)")
        }
    }

    @Test(arguments: Golden.models, [false, true])
    func savedAdapterTrainsOn(name: String, isQuantized: Bool) throws {
        let model = try Golden.model(name)
        let inputs = try inputs(name)
        let shape = LowRank(rank: 3, alpha: 5, targets: [.query, .value, .down])
        let strategy: Strategy =
            isQuantized ? .qlora(shape, doubleQuantized: true) : .lora(shape)
        var trained = try trainer(model, strategy)
        for step in 0 ..< 3 { _ = try trained.train(on: [inputs[step % 2]]) }
        try Golden.withTemporaryPath { path in
            let values = trained.step.model.adapters.mapValues {
                trained.executor.floatValues(of: $0)
            }
            try AdapterFile.write(
                AdapterConfiguration(rank: 3, alpha: 5, targets: shape.targets),
                for: model.architecture, to: path
            ) { try #require(values[$0]) }
            let adapter = try AdapterFile.open(path, for: model.architecture)
            #expect(adapter.lowRank == shape)
            var read = try trainer(model, strategy, adapter: adapter)
            var copied = try trainer(model, strategy)
            try expectSameContinuation(&read, &copied, after: &trained, inputs)
        }
    }

    @Test(arguments: Golden.models)
    func savedCheckpointTrainsOn(name: String) throws {
        let model = try Golden.model(name)
        let inputs = try inputs(name)
        var trained = try trainer(model, .full)
        for step in 0 ..< 3 { _ = try trained.train(on: [inputs[step % 2]]) }
        try Golden.withTemporaryPath { path in
            let values = trained.step.model.parameters.mapValues {
                trained.executor.floatValues(of: $0)
            }
            try writeCheckpoint(of: model.architecture, base: model, to: path, as: .f32) {
                try #require(values[$0])
            }
            let saved = try ModelFile.open(path)
            #expect(saved.architecture == model.architecture)
            var read = try trainer(saved, .full)
            var copied = try trainer(model, .full)
            try expectSameContinuation(&read, &copied, after: &trained, inputs)
        }
    }
}
