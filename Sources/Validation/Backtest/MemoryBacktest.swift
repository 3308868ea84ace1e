import Catalog
import Planning
import Quantities
import StepPrograms
import TrainingSteps

/// What a measured run was predicted to need.
package struct MemoryPrediction: Sendable, Hashable {
    /// Live tensors at the peak.
    package var allocated: Bytes
    /// What they are for.
    package var byRole: [Role: Bytes]
    /// The op at the peak.
    package var peakOp: String
}

extension MeasuredConfiguration {
    /// The peak of live tensors.
    package func peak() throws(ProgramError) -> MemoryPrediction {
        let figures = try StepFigures.make(
            occupancy: .full(length: configuration.batch.length), architecture
        ) {
            model throws(ProgramError) in
            try FrameworkStep(model, configuration, profile: profile).program
        }
        return MemoryPrediction(
            allocated: figures.peak.total, byRole: figures.peak.byRole, peakOp: figures.peak.op)
    }
}
