import Architectures
import Engine
import ModelFiles
import StepPrograms
import Testing
import Training
import TrainingSteps

/// How near a run must come to its golden file.
struct GoldenTolerances {
    /// Loss and rewards of each step, relative.
    var loss = 1e-5
    /// Gradient norm of each step, relative.
    var gradientNorm = 1e-5
    /// First-step gradients, as a share of each tensor's norm.
    var gradients = 1e-5
    /// Final parameters, as a share of each tensor's norm.
    var parameters = 1e-5
}

extension GoldenRun {
    /// The settings of the run.
    func configuration(_ strategy: Strategy, _ batch: BatchShape, workers: Int)
        -> TrainingConfiguration
    {
        TrainingConfiguration(
            strategy: strategy, batch: batch,
            schedule: Schedule(
                shape: schedule == nil ? .constant : .cosine,
                learningRate: optimizer.learningRate, warmupSteps: schedule?.warmupSteps ?? 0,
                totalSteps: schedule?.totalSteps ?? steps.count),
            optimizer: OptimizerConfiguration(
                weightDecay: optimizer.weightDecay, maximumGradientNorm: optimizer.maxGradientNorm),
            profile: LocalProfile(workers: workers), seed: 0)
    }

    /// Trains as the golden run did and compares everything it recorded.
    ///
    /// - Parameters:
    ///   - trainer: a trainer with `configuration(_:_:workers:)` that has done no step.
    ///   - tolerances: how near is near enough.
    ///   - inputs: the microbatches of a step.
    /// - Throws: when the run diverges or a tensor of the golden file is not in the program.
    func expectSame(
        _ trainer: inout Trainer, _ tolerances: GoldenTolerances = GoldenTolerances(),
        inputs: (Int) -> [StepInput]
    ) throws {
        let trainedCount = trainer.step.gradients.keys.reduce(0) {
            $0 + trainer.executor.program[$1].shape.count
        }
        if let trainableParameters { #expect(trainedCount == trainableParameters) }
        var records: [StepRecord] = []
        for step in steps.indices {
            let microbatches = inputs(step)
            if let targets = steps[step].targetTokens {
                #expect(microbatches.reduce(0) { $0 + $1.targetCount } == targets)
            }
            records.append(try trainer.train(on: microbatches))
            if step == 0 {
                try expectGradients(of: trainer, within: tolerances.gradients)
            }
        }
        expectSame(records, tolerances)
        guard let finalParameters else { return }
        let names = trainer.goldenNames
        #expect(finalParameters.count == trainer.step.gradients.count)
        for (name, golden) in finalParameters.sorted(by: { $0.key < $1.key }) {
            let id = try #require(names[name], "no weight is called \(name)")
            golden.expectEqual(
                trainer.executor.floatValues(of: id), within: tolerances.parameters, floor: 0,
                "final \(name)")
        }
    }

    private func expectSame(_ records: [StepRecord], _ tolerances: GoldenTolerances) {
        let golden = steps.prefix(records.count)
        func compare(
            _ name: String, _ tolerance: Tolerance, _ actual: (StepRecord) -> Double?,
            _ expected: (Step) -> Double?
        ) {
            let expectations = golden.compactMap(expected)
            guard !expectations.isEmpty else { return }
            expectGolden(records.compactMap(actual), expectations, tolerance, name)
        }
        let reward = Tolerance(relative: tolerances.loss, absolute: tolerances.loss)
        compare("loss", Tolerance(relative: tolerances.loss), \.loss, \.loss)
        compare(
            "gradient norm", Tolerance(relative: tolerances.gradientNorm), \.gradientNorm,
            \.gradientNorm)
        compare("learning rate", Tolerance(relative: 1e-8), \.learningRate, \.learningRate)
        compare("chosen reward", reward, \.preference?.chosenReward, \.rewardsChosen)
        compare("rejected reward", reward, \.preference?.rejectedReward, \.rewardsRejected)
        compare("margin", reward, \.preference?.rewardMargin, \.rewardsMargins)
        compare("accuracy", Tolerance(relative: 0), \.preference?.accuracy, \.rewardsAccuracies)
    }

    private func expectGradients(
        of trainer: borrowing Trainer, within share: Double
    ) throws {
        guard let firstStepGradients else { return }
        let names = trainer.goldenNames
        #expect(firstStepGradients.count == trainer.step.gradients.count)
        for (name, golden) in firstStepGradients.sorted(by: { $0.key < $1.key }) {
            let id = try #require(names[name], "no weight is called \(name)")
            let gradient = try #require(trainer.step.gradients[id], "\(name) is not trained")
            golden.expectEqual(
                trainer.executor.floatValues(of: gradient), within: share,
                floor: 1e-3 * steps[0].gradientNorm, "gradient of \(name)")
        }
    }
}

extension Trainer {
    /// The weights by the names of `named_parameters()` in the golden files.
    var goldenNames: [String: TensorID] {
        var names: [String: TensorID] = [:]
        for (parameter, id) in step.model.parameters { names[parameter.huggingFaceName] = id }
        for (parameter, id) in step.model.adapters {
            names[parameter.peftName.replacing(".weight", with: ".default.weight")] = id
        }
        return names
    }
}
