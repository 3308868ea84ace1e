import Architectures
import Engine
import StepPrograms
import TrainingSteps

/// Computes the log-probabilities of a frozen model, for preference training that keeps no copy.
package struct ReferenceScorer: ~Copyable {
    private let step: ReferenceStep
    private var executor: Executor

    /// Loads a model for batches of one shape.
    ///
    /// - Throws: `EngineError` when memory is refused, `ModelFileError` when a file cannot be read.
    package init(
        _ architecture: Architecture, weights: WeightSource, batch: BatchShape, workers: Workers
    ) throws {
        let step = try ReferenceStep(
            architecture, batch: batch, profile: LocalProfile(workers: workers.count))
        let executor = try Executor(step.program, workers: workers)
        try executor.load(step.model.parameters, order: architecture.parameters, from: weights)
        executor.write(architecture.rotaryFrequencies, to: step.inputs.frequencies)
        self.step = step
        self.executor = executor
    }

    /// The log-probability of each row's target, zero where there is none.
    package mutating func logProbabilities(_ input: StepInput) -> [Float] {
        executor.write(input, targetCount: input.targetCount, to: step.inputs)
        executor.beginStep()
        executor.run(section: 0)
        return executor.floatValues(of: step.output)
    }
}
