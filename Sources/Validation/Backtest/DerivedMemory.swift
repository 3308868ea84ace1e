import Architectures
import Catalog
import Planning
import Quantities
import Simulation
import StepPrograms
import TrainingSteps

/// What the step program and the allocator say of a run, before any fit.
package struct DerivedMemory: Sendable, Hashable {
    /// Live tensors at the peak.
    package var allocated: Bytes
    /// What they are for.
    package var byRole: [Role: Bytes]
    /// The op at the peak.
    package var peakOp: String
    /// What the caching allocator takes from the device, had it no limit.
    package var reserved: Bytes
    /// The same on the run's device; nil when it cannot be had there or the device is unknown.
    package var reservedOnDevice: Bytes?
    /// The memory of the run's device, as its driver reports it.
    package var device: Bytes?

    package init(
        allocated: Bytes, byRole: [Role: Bytes], peakOp: String, reserved: Bytes,
        reservedOnDevice: Bytes? = nil, device: Bytes? = nil
    ) {
        self.allocated = allocated
        self.byRole = byRole
        self.peakOp = peakOp
        self.reserved = reserved
        self.reservedOnDevice = reservedOnDevice
        self.device = device
    }
}

extension MeasuredConfiguration {
    /// Derives the peaks.
    ///
    /// - Parameters:
    ///   - device: the memory of the device, when it is known.
    ///   - overhead: what a process takes outside the allocator.
    /// - Returns: the peaks.
    /// - Throws: `ProgramError` when a program breaks a rule, which is a mistake of its builder.
    package func derivedMemory(
        device: Bytes?, overhead: Bytes
    ) throws(ProgramError) -> DerivedMemory {
        var most: StepFigures?
        var reserved = Bytes.zero
        var onDevice: Bytes? = device == nil ? nil : .zero
        for (stage, layers) in configuration.stages(of: separable) {
            let build = { (model) throws(ProgramError) in
                try FrameworkStep(model, configuration, profile: profile, stage: stage).program
            }
            let figures = try StepFigures.make(
                occupancy: .full(length: configuration.batch.length), layers, program: build)
            if figures.peak.total > most?.peak.total ?? .zero { most = figures }
            let program = try build(layers)
            reserved = max(reserved, Self.reserved(program, limit: nil) ?? .zero)
            if let device, let known = onDevice {
                let room = device * Self.usableShare - overhead
                onDevice = Self.reserved(program, limit: room).map { max($0, known) }
            }
        }
        return DerivedMemory(
            allocated: most?.peak.total ?? .zero, byRole: most?.peak.byRole ?? [:],
            peakOp: most?.peak.op ?? "", reserved: reserved, reservedOnDevice: onDevice,
            device: device)
    }

    /// The model with a head of its own where a pipeline divides it: the last stage holds a copy of the
    /// first one's embeddings (Megatron-LM `core/models/common/language_module/language_module.py`).
    var separable: Architecture {
        guard configuration.parallelism.pipelineCount > 1 else { return architecture }
        var model = architecture
        model.tiesEmbeddings = false
        return model
    }

    /// The share of a device's memory that CUDA can give to a process: 79.25 of 80 GiB on an A100, 39.5 of
    /// 40, 23.53 of 24 on an A30 (the capacities in PyTorch's messages in the issues
    /// levihsu/OOTDiffusion#235, TianheWu/CoSeR#10 and google/RB-Modulation#5).
    private static let usableShare = 0.99

    private static func reserved(_ program: StepProgram, limit: Bytes?) -> Bytes? {
        guard limit ?? .gibibytes(1) > .zero else { return nil }
        return try? CachingAllocator.replay(program, limit: limit).reserved
    }
}
