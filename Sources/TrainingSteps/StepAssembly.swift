import Architectures
import StepPrograms

/// Puts a step together: weights, inputs, forward, loss, backward, optimizer.
struct StepAssembly {
    let architecture: Architecture
    let strategy: Strategy
    let batch: BatchShape
    let profile: LocalProfile
    var b: ProgramBuilder
    var model = ModelTensors()
    var reference: ModelTensors?
    var inputs: TrainingStep.Inputs
    var outputs: TrainingStep.Outputs
    var moments: [TensorID: (first: TensorID, second: TensorID)] = [:]
    /// The normalised output of the last layer of the supervised pass.
    var lastHidden: TensorID?
    /// Trained weights in the order of the forward pass.
    var trained: [TensorID] = []

    init(
        _ architecture: Architecture, strategy: Strategy, batch: BatchShape, profile: LocalProfile,
        trains: Bool = true
    ) {
        self.architecture = architecture
        self.strategy = strategy
        self.batch = batch
        self.profile = profile
        b = ProgramBuilder(
            workspaces: WorkspaceSizes(
                workers: profile.workers, longestSegment: batch.length))
        let rows = Shape(batch.rows)
        inputs = TrainingStep.Inputs(
            tokens: b.tensor("tokens", rows, .input, format: .int32),
            segmentStarts: b.tensor("segment-starts", rows, .input, format: .int32),
            frequencies: b.tensor("frequencies", Shape(architecture.headWidth / 2), .input))
        outputs = TrainingStep.Outputs(loss: b.tensor("loss", Shape(1), .output))
        addWeights(trains: trains)
    }

    private mutating func addWeights(trains: Bool) {
        let trainsBase = trains && strategy.trainsBase
        for parameter in architecture.parameters {
            model.parameters[parameter] = addWeight(
                parameter, role: .parameter, trains: trainsBase, prefix: "")
        }
        if case .dpo(.full(.frozenCopy), _) = strategy {
            var copy = ModelTensors()
            for parameter in architecture.parameters {
                copy.parameters[parameter] = addWeight(
                    parameter, role: .reference, trains: false, prefix: "reference.")
            }
            reference = copy
        }
        guard let adapter = strategy.adapter else { return }
        for weight in b.adapterWeights(
            adapter, of: architecture, format: .float32, trains: trains)
        {
            model.adapters[weight.parameter] = weight.tensor
            if trains { trained.append(weight.tensor) }
        }
    }

    private mutating func addWeight(
        _ parameter: ParameterID, role: Role, trains: Bool, prefix: String
    ) -> TensorID {
        var format = StorageFormat.float32
        if case .weight = parameter, let double = strategy.doubleQuantization {
            format = .nf4(doubleQuantized: double)
        }
        let id = b.weight(
            prefix + parameter.name, Shape(architecture.shape(of: parameter)), role: role,
            format: format, trains: trains)
        if trains { trained.append(id) }
        return id
    }

    func decoder(
        _ model: ModelTensors, adapter: LowRank?, rotary: (cosine: TensorID, sine: TensorID)
    ) -> Decoder {
        Decoder(
            architecture: architecture, model: model, adapter: adapter, profile: profile,
            segmentStarts: inputs.segmentStarts, rotary: rotary)
    }

    /// The matrix that turns hidden rows into logits.
    var head: TensorID {
        architecture.tiesEmbeddings ? model[.tokenEmbedding] : model[.outputHead]
    }

    mutating func rotaryTable() -> (cosine: TensorID, sine: TensorID) {
        b.scope = Scope(.positions)
        return b.rotaryTable(
            segmentStarts: inputs.segmentStarts, frequencies: inputs.frequencies)
    }

    var lossChunk: Int {
        profile.lossChunk(vocabulary: architecture.vocabularySize, rows: batch.rows)
    }

    mutating func addTargets() -> TensorID {
        let targets = b.tensor("targets", Shape(batch.rows), .input, format: .int32)
        inputs.targets = targets
        return targets
    }

    mutating func addSupervisedLoss(records: Bool) {
        let targets = addTargets()
        let weights = b.tensor("weights", Shape(batch.rows), .input)
        inputs.weights = weights
        let rotary = rotaryTable()
        b.records = records
        let decoder = decoder(model, adapter: strategy.adapter, rotary: rotary)
        let hidden = decoder.hidden(&b, ids: inputs.tokens)
        lastHidden = hidden
        b.scope = Scope(.loss)
        b.crossEntropy(
            hidden: hidden, head: decoder.head, targets: targets, weights: weights,
            loss: outputs.loss, chunk: lossChunk)
    }

    mutating func addMicrobatch() {
        b.repetitions = batch.accumulation
        inputs.scalars = b.tensor("scalars", Shape(StepScalar.allCases.count), .input)
        if case .dpo(let policy, let beta) = strategy {
            addPreferenceLoss(policy, beta: beta)
        } else {
            addSupervisedLoss(records: true)
        }
        b.backward()
        b.endSection(.microbatch)
    }

    private mutating func addPreferenceLoss(_ policy: Strategy.Policy, beta: Double) {
        let targets = addTargets()
        let sequences = b.tensor("sequences", Shape(batch.rows), .input, format: .int32)
        inputs.sequences = sequences
        let metrics = b.tensor("metrics", Shape(4), .output)
        outputs.metrics = metrics
        let rotary = rotaryTable()
        let referenceLogs = addReference(policy, targets: targets, rotary: rotary)

        b.phase = .forward
        b.records = true
        let decoder = decoder(model, adapter: strategy.adapter, rotary: rotary)
        let hidden = decoder.hidden(&b, ids: inputs.tokens)
        b.scope = Scope(.loss)
        let logs = b.logProbabilities(
            hidden: hidden, head: decoder.head, targets: targets, chunk: lossChunk,
            name: "log-probabilities")
        guard let scalars = inputs.scalars else { fatalError("scalars come first") }
        b.preferenceLoss(
            policy: logs, reference: referenceLogs, sequences: sequences, scalars: scalars,
            loss: outputs.loss, metrics: metrics, sequenceCount: batch.sequences, beta: beta)
    }

    private mutating func addReference(
        _ policy: Strategy.Policy, targets: TensorID, rotary: (cosine: TensorID, sine: TensorID)
    ) -> TensorID {
        if case .full(.precomputed) = policy {
            let logs = b.tensor("reference.log-probabilities", Shape(batch.rows), .input)
            inputs.referenceLogProbabilities = logs
            return logs
        }
        b.phase = .reference
        b.records = false
        let decoder = decoder(reference ?? model, adapter: nil, rotary: rotary)
        let hidden = decoder.hidden(&b, ids: inputs.tokens)
        b.scope = Scope(.loss)
        return b.logProbabilities(
            hidden: hidden, head: decoder.head, targets: targets, chunk: lossChunk,
            name: "reference-log-probabilities")
    }

    mutating func addOptimizer(_ configuration: OptimizerConfiguration) {
        guard let scalars = inputs.scalars else { fatalError("scalars come first") }
        b.phase = .optimizer
        b.scope = Scope(.optimizer)
        let gradients = trained.compactMap { b.gradient(of: $0) }
        let sum = b.tensor("gradient-norm.squared", Shape(1), .workspace)
        b.emit(.sumOfSquares, reads: gradients, writes: [Write(sum)])
        let factor = b.tensor("clip-factor", Shape(1), .workspace)
        let norm = b.tensor("gradient-norm", Shape(1), .output)
        outputs.gradientNorm = norm
        b.emit(
            .clipFactor(maximumNorm: configuration.maximumGradientNorm), reads: [sum],
            writes: [Write(factor), Write(norm)])
        for weight in trained {
            guard let gradient = b.gradient(of: weight) else { continue }
            let spec = b.spec(weight)
            let first = b.tensor("first-moment.\(spec.name)", spec.shape, .optimizerState)
            let second = b.tensor("second-moment.\(spec.name)", spec.shape, .optimizerState)
            moments[weight] = (first, second)
            b.emit(
                .adamW(.init(weightDecay: configuration.weightDecay)),
                reads: [gradient, factor, scalars],
                writes: [weight, first, second].map { Write($0, .accumulate) })
        }
        b.endSection(.optimizer)
    }

    consuming func finish(origin: String) throws(ProgramError) -> TrainingStep {
        let (model, reference, inputs, outputs, moments) =
            (model, reference, inputs, outputs, moments)
        let gradients = Dictionary(
            uniqueKeysWithValues: trained.compactMap { weight in
                b.gradient(of: weight).map { (weight, $0) }
            })
        return TrainingStep(
            program: try b.finish(origin: origin), model: model, reference: reference,
            inputs: inputs, outputs: outputs, gradients: gradients, moments: moments)
    }
}
