import Architectures
import Engine
import Quantities
import StepPrograms
import Training
import TrainingSteps

/// Does with one layer of a model what a run does with all of them, so that the process holds what
/// every run holds: code, libraries and their buffers, threads, the tokenizer and the rows.
///
/// - Parameters:
///   - base: the model.
///   - configuration: the run.
///   - input: one microbatch.
///   - workers: as in the run.
/// - Throws: `EngineError` when memory is refused, `ModelFileError` when a file cannot be read.
/// - Returns: bytes of the small step's own arena, which are not part of a dry start.
package func dryStart(
    _ base: LoadedBase, configuration: TrainingConfiguration, input: StepInput, workers: Workers
) throws -> Bytes {
    var architecture = base.architecture
    architecture.layerCount = 1
    var configuration = configuration
    configuration.schedule.learningRate = 0
    configuration.batch.accumulation = 1
    var trainer = try Trainer(
        architecture, weights: base.weights(seed: 0), configuration: configuration,
        workers: workers)
    for _ in 0 ..< 2 { _ = try trainer.train(on: [input]) }
    return trainer.executor.plan.size
}
