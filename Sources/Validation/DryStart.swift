import Architectures
import Engine
import Quantities
import StepPrograms
import Training
import TrainingSteps

/// Does with a toy model what a run does, so that the process holds what every run holds: code,
/// libraries and their buffers, threads.
///
/// - Parameter workers: as in the run.
/// - Throws: `EngineError` when memory is refused.
/// - Returns: bytes of the toy's own arena, which are not part of a dry start.
package func exerciseToyModel(workers: Workers) throws -> Bytes {
    // Wide enough that the linear-algebra library packs whole panels into its buffers.
    let toy = Architecture(
        family: .llama, vocabularySize: 512, hiddenWidth: 512, layerCount: 1, headCount: 8,
        keyValueHeadCount: 4, headWidth: 64, feedForwardWidth: 1024, normEpsilon: 1e-5,
        tiesEmbeddings: true, hasQueryKeyValueBias: false, normalizesQueriesAndKeys: false,
        rotary: .init(theta: 10_000), contextLength: 512)
    let batch = BatchShape(sequences: 2, length: 256)
    var trainer = try Trainer(
        toy, weights: .random(seed: 1),
        configuration: TrainingConfiguration(
            strategy: .full, batch: batch,
            schedule: Schedule(
                shape: .constant, learningRate: 0, warmupSteps: 0, totalSteps: 1),
            optimizer: OptimizerConfiguration(), profile: LocalProfile(workers: workers.count),
            seed: 1), workers: workers)
    let rows = batch.rows
    let input = StepInput(
        tokens: (0 ..< rows).map { Int32($0 % 509) },
        targets: (0 ..< rows).map { $0 % 256 == 255 ? -1 : Int32(($0 + 1) % 509) },
        segmentStarts: (0 ..< rows).map { Int32($0 / 256 * 256) }, tokenCount: rows)
    _ = try trainer.train(on: [input])
    return trainer.executor.plan.size
}
