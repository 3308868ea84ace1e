import Engine
import ModelFiles
import TrainingSteps

/// What a model predicts after each of some prompts.
///
/// - Parameters:
///   - base: the model.
///   - adapter: a saved adapter to apply, with its shape.
///   - prompts: token ids, at least one each and no more than the model's context.
///   - workers: who shares the work of an op.
/// - Throws: errors of the engine and of files.
/// - Returns: for each prompt the logits of its last position [vocabulary].
package func lastLogits(
    _ base: LoadedBase, adapter: (file: AdapterFile, shape: LowRank)?, prompts: [[Int32]],
    workers: Workers
) throws -> [[Float]] {
    let length = prompts.map(\.count).max() ?? 1
    let vocabulary = base.architecture.vocabularySize
    var evaluator = try Evaluator(
        base.architecture, weights: base.weights(seed: 0), adapter: adapter,
        extents: EvaluationStep.Extents(
            scoring: BatchShape(sequences: 1, length: length), slots: 1, capacity: 2,
            prefillRows: 1, keepsLogits: true), workers: workers)
    return prompts.map { prompt in
        let padding = [Int32](repeating: base.padding, count: length - prompt.count)
        let starts = (0 ..< length).map { $0 < prompt.count ? 0 : Int32($0) }
        let logits = evaluator.logits(
            StepInput(
                tokens: prompt + padding, targets: [Int32](repeating: -1, count: length),
                segmentStarts: starts, tokenCount: prompt.count))
        return Array(logits[(prompt.count - 1) * vocabulary ..< prompt.count * vocabulary])
    }
}
