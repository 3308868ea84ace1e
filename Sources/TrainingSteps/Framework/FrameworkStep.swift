import Architectures
import Quantities
import StepPrograms

/// The optimizer step of a strategy as a training framework runs it on one device; only simulated.
package struct FrameworkStep: Sendable, Hashable {
    /// The program.
    package let program: StepProgram

    /// Builds the step of one device.
    ///
    /// - Parameters:
    ///   - architecture: the model, or the layers of a pipeline's stage.
    ///   - configuration: what the run chose.
    ///   - profile: the framework's habits.
    ///   - stage: the part of the pipeline that the device runs.
    /// - Throws: `ProgramError` when the program breaks a rule, which is a mistake of the builder.
    package init(
        _ architecture: Architecture, _ configuration: FrameworkConfiguration,
        profile: FrameworkProfile, stage: PipelineStage = .whole
    ) throws(ProgramError) {
        var model = architecture.divided(
            by: configuration.parallelism, vocabulary: profile.dividesVocabulary)
        profile.joinQueryKeyValue(of: &model)
        if profile.fusesGateAndUp { model.fusesGateAndUp = true }
        let alone = try Self.program(model, configuration, profile, stage)
        if profile.keepsPreviousInputs {
            let inputs = Self.quantizedInputs(alone)
            program =
                inputs == .zero
                ? alone : try Self.program(model, configuration, profile, stage, previous: inputs)
            return
        }
        // One forward, one backward: the first stage starts as many microbatches as there are stages.
        guard stage == .first else {
            program = alone
            return
        }
        let held = Self.held(alone) * Double(configuration.parallelism.pipelineCount - 1)
        program = try Self.program(model, configuration, profile, stage, held: held)
    }

    private static func program(
        _ architecture: Architecture, _ configuration: FrameworkConfiguration,
        _ profile: FrameworkProfile, _ stage: PipelineStage, held: Bytes = .zero,
        previous: Bytes = .zero
    ) throws(ProgramError) -> StepProgram {
        var assembly = FrameworkAssembly(architecture, configuration, profile, stage)
        assembly.hold(held)
        assembly.addMicrobatch(previous: previous)
        assembly.addOptimizer()
        let batch = configuration.batch
        return try assembly.b.finish(
            origin:
                "\(profile.name), \(configuration.strategy.name), \(batch.sequences) × \(batch.length)"
        )
    }

    /// The inputs that products with quantised weights keep: each storage once.
    private static func quantizedInputs(_ program: StepProgram) -> Bytes {
        var owners: Set<TensorID> = []
        for (index, spec) in program.tensors.enumerated() where spec.name == "input" {
            owners.insert(program.storage(of: TensorID(index)))
        }
        return owners.reduce(Bytes.zero) { $0 + program[$1].bytes }
    }

    /// What one microbatch keeps between its forward and its backward pass.
    private static func held(_ program: StepProgram) -> Bytes {
        guard let last = program.ops.lastIndex(where: { $0.phase == .forward }) else {
            return .zero
        }
        let roles = Liveness(program).breakdown(program, at: last)
        return [.activation, .logits].reduce(Bytes.zero) { $0 + (roles[$1] ?? .zero) }
    }
}

/// Puts the step of a framework together.
struct FrameworkAssembly {
    let architecture: Architecture
    let configuration: FrameworkConfiguration
    let profile: FrameworkProfile
    private let stage: PipelineStage
    var b: ProgramBuilder
    private let weights: FrameworkWeights
    private let reference: FrameworkWeights?
    private let tokens: TensorID
    private let targets: TensorID
    private let segmentStarts: TensorID
    private let rowWeights: TensorID
    private let frequencies: TensorID
    private let loss: TensorID

    init(
        _ architecture: Architecture, _ configuration: FrameworkConfiguration,
        _ profile: FrameworkProfile, _ stage: PipelineStage
    ) {
        self.stage = stage
        self.architecture = architecture
        self.configuration = configuration
        self.profile = profile
        b = ProgramBuilder(workspaces: WorkspaceSizes(workers: 0, longestSegment: 0))
        b.isEager = true
        b.reentersCheckpoints = profile.reentersCheckpoints
        b.accumulationFormat = profile.sharding.accumulation
        b.accumulatesWholeGradients = profile.sharding.accumulatesWholeGradients
        let rows = Shape(configuration.batch.rows)
        tokens = b.tensor("tokens", rows, .input, format: .int32)
        targets = b.tensor("targets", rows, .input, format: .int32)
        segmentStarts = b.tensor("segment-starts", rows, .input, format: .int32)
        rowWeights = b.tensor("row-weights", rows, .input)
        let rotaryWidth = max(
            architecture.latentAttention?.rotaryWidth ?? architecture.headWidth, 2)
        frequencies = b.tensor("frequencies", Shape(rotaryWidth / 2), .input)
        loss = b.tensor("loss", Shape(1), .output)
        b.repetitions = configuration.batch.accumulation
        if profile.productWorkspace > .zero {
            _ = b.tensor(
                "product-workspace", Shape(profile.productWorkspace.count), .library, format: .int8)
        }
        weights = FrameworkWeights(&b, architecture, configuration, profile, stage: stage)
        if case .dpo(.full(.frozenCopy), _) = configuration.strategy {
            reference = FrameworkWeights(
                &b, architecture, configuration, profile, isReference: true)
        } else {
            reference = nil
        }
        addCommunication()
    }

    /// Buckets of replicated data parallelism: gradients are copied into them
    /// (`torch/nn/parallel/distributed.py`, `gradient_as_bucket_view` is off).
    private mutating func addCommunication() {
        let parallelism = configuration.parallelism
        if parallelism.dataCount == 1, let bucket = profile.sharding.bucket,
            profile.keepsMasterWeights
        {
            // DeepSpeed on one device allocates its buckets all the same.
            _ = b.tensor("bucket", Shape(bucket), .communication, format: profile.compute)
            return
        }
        guard parallelism.dataCount > 1 else { return }
        switch parallelism.sharding {
        case .replicated:
            for weight in weights.trained {
                let spec = b.spec(weight)
                _ = b.tensor("bucket.\(spec.name)", spec.shape, .communication, format: spec.format)
            }
        case .optimizer, .gradients:
            if let bucket = profile.sharding.bucket {
                _ = b.tensor(
                    "bucket", Shape(bucket), .communication, format: profile.compute)
            }
        case .full: return
        }
    }

    private func decoder(
        _ weights: FrameworkWeights, root: ModelTensors, adapter: LowRank?,
        rotary: (cosine: TensorID, sine: TensorID)
    ) -> FrameworkDecoder {
        FrameworkDecoder(
            architecture: architecture, weights: weights, root: root, adapter: adapter,
            configuration: configuration, profile: profile, segmentStarts: segmentStarts,
            rotary: rotary, stage: stage)
    }

    /// Activations of microbatches that wait in a pipeline.
    mutating func hold(_ bytes: Bytes) {
        guard bytes > .zero else { return }
        _ = b.tensor("waiting-microbatches", Shape(bytes.count), .cache, format: .int8)
    }

    mutating func addMicrobatch(previous: Bytes = .zero) {
        b.scope = Scope(.positions)
        var referred: [TensorID] = []
        if previous > .zero {
            let inputs = b.tensor(
                "previous-inputs", Shape(previous.count), .activation, format: .int8)
            b.emit(.elementwise(.moved), reads: [tokens], writes: [Write(inputs)])
            referred.append(inputs)
        }
        let rotary = b.rotaryTable(segmentStarts: segmentStarts, frequencies: frequencies)
        if case .dpo(let policy, _) = configuration.strategy, policy != .full(.precomputed) {
            b.phase = .reference
            let source = reference ?? weights
            let root = source.weights(&b, of: .root, keeps: true).tensors
            let kept = addLoss(
                decoder(source, root: root, adapter: nil, rotary: rotary), isReference: true)
            release(kept.untilLoss + kept.untilGradients)
        }
        b.phase = .forward
        b.records = true
        let root = weights.weights(&b, of: .root, keeps: true).tensors
        let retains =
            profile.sharding.retainsFrozenInputs && !configuration.strategy.trainsBase
            && configuration.parallelism.gathers
        b.retainsBlockGradients = retains
        let decoder = decoder(
            weights, root: root, adapter: configuration.strategy.adapter, rotary: rotary)
        let kept = addLoss(decoder, isReference: false)
        release(kept.untilLoss + referred)
        b.backward()
        release(kept.untilGradients)
        // The input of every unit without trained weights, and its gradient.
        if retains { release(kept.layerInputs + b.retained) }
        b.endSection(.microbatch)
    }

    /// Tensors that variables referred to until now.
    private mutating func release(_ tensors: [TensorID]) {
        b.scope = Scope(.loss)
        b.release(tensors)
    }

    private mutating func addLoss(
        _ decoder: FrameworkDecoder, isReference: Bool
    ) -> FrameworkLoss.Kept {
        let (hidden, inputs) = decoder.hidden(&b, ids: tokens)
        guard stage.hasHead else {
            if !isReference { b.seedGradient(of: hidden) }
            return FrameworkLoss.Kept()
        }
        var kept = FrameworkLoss(
            decoder: decoder, targets: targets, loss: loss, rowWeights: rowWeights
        ).emit(&b, hidden: hidden, isReference: isReference)
        kept.add(hidden, until: .loss)
        kept.layerInputs = inputs
        return kept
    }

    mutating func addOptimizer() {
        b.phase = .optimizer
        b.scope = Scope(.optimizer)
        b.scatterAccumulated()
        let updated = weights.trained.filter { b.gradient(of: $0) != nil }
        let gradients = updated.compactMap { b.gradient(of: $0) }
        guard !gradients.isEmpty else { return }
        if configuration.updatesInBackward {
            for weight in updated { _ = states(b.spec(weight)) }
            b.emit(.release, reads: updated, writes: [])
            b.endSection(.optimizer)
            return
        }
        let sum = b.tensor("gradient-norm.squared", Shape(1), .workspace)
        b.emit(.sumOfSquares, reads: gradients, writes: [Write(sum)])
        let temporary = configuration.optimizer.temporary
        var writes = updated.map { Write($0, .accumulate) }
        var largest: TensorID?
        for weight in updated {
            let spec = b.spec(weight)
            writes += states(spec).map { Write($0, .accumulate) }
            if temporary == .allWeights {
                writes.append(
                    Write(
                        b.tensor(
                            "foreach.roots", spec.shape, .workspace, format: stateFormat(spec))))
            }
            if spec.bytes > (largest.map { b.spec($0).bytes } ?? .zero) { largest = weight }
        }
        if temporary == .oneWeight, let largest {
            let spec = b.spec(largest)
            writes.append(
                Write(b.tensor("update", spec.shape, .workspace, format: .float32)))
        }
        if let most = profile.sharding.updatedAtOnce {
            let count = min(updated.reduce(0) { $0 + b.spec($1).shape.count }, most)
            writes.append(
                Write(b.tensor("raised-gradients", Shape(count), .workspace, format: .float32)))
        }
        b.emit(.optimizerUpdate, reads: gradients, writes: writes)
        b.endSection(.optimizer)
    }

    private func stateFormat(_ spec: TensorSpec) -> StorageFormat {
        if let moments = profile.moments, spec.role != .adapter { return moments }
        return profile.keepsMasterWeights ? .float32 : spec.format
    }

    /// The optimizer's state of a weight, on the device unless it is kept on the host.
    private mutating func states(_ spec: TensorSpec) -> [TensorID] {
        guard !configuration.offload.contains(.optimizer) else { return [] }
        var result: [TensorID] = []
        if profile.keepsMasterWeights, spec.format != .float32 {
            result.append(
                b.tensor("master.\(spec.name)", spec.shape, .optimizerState, format: .float32))
        }
        for buffer in configuration.optimizer.states(spec.shape, format: stateFormat(spec)) {
            result.append(
                b.tensor(
                    "\(buffer.name).\(spec.name)", Shape(max(buffer.count, 1)), .optimizerState,
                    format: buffer.format))
        }
        return result
    }
}
