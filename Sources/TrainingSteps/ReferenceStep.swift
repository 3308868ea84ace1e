import Architectures
import StepPrograms

/// The forward pass of a frozen model that leaves each target's log-probability.
package struct ReferenceStep: Sendable {
    /// The program.
    package let program: StepProgram
    /// The model's weights in it.
    package let model: ModelTensors
    /// What is written before it runs.
    package let inputs: TrainingStep.Inputs
    /// Log-probability of each row's target, [n].
    package let output: TensorID

    /// Builds the program.
    ///
    /// - Throws: `ProgramError` when it breaks a rule, which is a mistake of the builder.
    package init(
        _ architecture: Architecture, batch: BatchShape, profile: LocalProfile
    ) throws(ProgramError) {
        var assembly = StepAssembly(
            architecture, strategy: .promptOnly(shots: 0), batch: batch, profile: profile,
            trains: false)
        output = assembly.addReferenceOutput()
        let step = try assembly.finish(origin: "reference, \(batch.sequences) × \(batch.length)")
        program = step.program
        model = step.model
        inputs = step.inputs
    }
}

extension StepAssembly {
    mutating func addReferenceOutput() -> TensorID {
        let targets = addTargets()
        let output = b.tensor("log-probabilities", Shape(batch.rows), .output)
        let decoder = decoder(model, adapter: nil, rotary: rotaryTable())
        let hidden = decoder.hidden(&b, ids: inputs.tokens)
        b.scope = Scope(.loss)
        let logs = b.logProbabilities(
            hidden: hidden, head: head, targets: targets, chunk: lossChunk, name: "target-logs")
        b.emit(.copy, reads: [logs], writes: [Write(output)])
        b.endSection(.scoring)
        return output
    }
}
