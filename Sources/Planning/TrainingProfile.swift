import Architectures
import Catalog
import Quantities
import StepPrograms
import TrainingSteps

/// The training program whose steps are planned.
package enum TrainingProfile: String, Sendable, Hashable, CaseIterable {
    /// What the local engine runs: float32, one arena.
    case local
    /// transformers with PEFT on a GPU in 16-bit arithmetic.
    case transformersPEFT = "transformers+peft"

    /// The profile with a name.
    package static func named(_ name: String) throws(PlanError) -> TrainingProfile {
        guard let profile = TrainingProfile(rawValue: name.lowercased()) else {
            throw .unknownProfile(name: name, known: allCases.map(\.rawValue))
        }
        return profile
    }

    /// The format of the products that it computes.
    package var precision: Device.Precision {
        switch self {
        case .local: .fp32
        case .transformersPEFT: .bf16
        }
    }

    /// Memory that a process takes outside the allocator.
    package var context: Bytes {
        switch self {
        case .local: .zero
        case .transformersPEFT: FrameworkProfile.transformersPEFT.context
        }
    }

    /// The step of one microbatch, or of two for one of several.
    package func program(
        _ architecture: Architecture, strategy: Strategy, batch: BatchShape, checkpointing: Bool
    ) throws(ProgramError) -> StepProgram {
        switch self {
        case .local:
            try TrainingStep.make(
                architecture, strategy: strategy, batch: batch,
                optimizer: OptimizerConfiguration(),
                profile: LocalProfile(workers: 1, checkpointing: checkpointing)
            ).program
        case .transformersPEFT:
            try FrameworkStep(
                architecture,
                .init(
                    strategy, batch: batch, checkpointing: checkpointing ? .full : .none),
                profile: .transformersPEFT
            ).program
        }
    }
}
