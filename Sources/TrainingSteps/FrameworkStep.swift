import Architectures
import Quantities
import StepPrograms

/// The optimizer step of a strategy as a training framework runs it on one GPU; only simulated.
package struct FrameworkStep: Sendable, Hashable {
    /// The program.
    package let program: StepProgram
    /// The framework's habits.
    package let profile: FrameworkProfile

    /// Builds the step.
    ///
    /// - Throws: `ProgramError` when the program breaks a rule, which is a mistake of the builder.
    package init(
        _ architecture: Architecture, strategy: Strategy, batch: BatchShape,
        profile: FrameworkProfile
    ) throws(ProgramError) {
        var assembly = FrameworkAssembly(
            architecture, strategy: strategy, batch: batch, profile: profile)
        assembly.addMicrobatch()
        assembly.addOptimizer()
        program = try assembly.b.finish(
            origin: "\(profile.name), \(strategy.name), \(batch.sequences) × \(batch.length)")
        self.profile = profile
    }
}

/// Puts the step of a framework together.
struct FrameworkAssembly {
    let architecture: Architecture
    let strategy: Strategy
    let batch: BatchShape
    let profile: FrameworkProfile
    var b: ProgramBuilder
    private var model = ModelTensors()
    private var reference: ModelTensors?
    private var trained: [TensorID] = []
    private let tokens: TensorID
    private let targets: TensorID
    private let segmentStarts: TensorID
    private let frequencies: TensorID
    private let scalars: TensorID

    init(
        _ architecture: Architecture, strategy: Strategy, batch: BatchShape,
        profile: FrameworkProfile
    ) {
        self.architecture = architecture
        self.strategy = strategy
        self.batch = batch
        self.profile = profile
        b = ProgramBuilder(
            workspaces: WorkspaceSizes(workers: 0, longestSegment: 0))
        let rows = Shape(batch.rows)
        tokens = b.tensor("tokens", rows, .input, format: .int32)
        targets = b.tensor("targets", rows, .input, format: .int32)
        segmentStarts = b.tensor("segment-starts", rows, .input, format: .int32)
        frequencies = b.tensor("frequencies", Shape(architecture.headWidth / 2), .input)
        scalars = b.tensor("scalars", Shape(StepScalar.allCases.count), .input)
        b.repetitions = batch.accumulation
        addWeights()
    }

    private mutating func addWeights() {
        for parameter in architecture.parameters {
            model.parameters[parameter] = addWeight(parameter, .parameter, "", strategy.trainsBase)
        }
        if case .dpo(.full(.frozenCopy), _) = strategy {
            var copy = ModelTensors()
            for parameter in architecture.parameters {
                copy.parameters[parameter] = addWeight(parameter, .reference, "reference.", false)
            }
            reference = copy
        }
        guard let adapter = strategy.adapter else { return }
        for weight in b.adapterWeights(
            adapter, of: architecture, format: profile.adapter, trains: true)
        {
            model.adapters[weight.parameter] = weight.tensor
            trained.append(weight.tensor)
        }
    }

    private mutating func addWeight(
        _ parameter: ParameterID, _ role: Role, _ prefix: String, _ trains: Bool
    ) -> TensorID {
        var format = profile.weights
        if let double = strategy.doubleQuantization {
            if case .weight = parameter {
                format = .nf4(doubleQuantized: double)
            } else if profile.raisesUnquantizedWeights {
                format = .float32
            }
        }
        let id = b.weight(
            prefix + parameter.name, Shape(architecture.shape(of: parameter)), role: role,
            format: format, trains: trains)
        if trains { trained.append(id) }
        return id
    }

    private func decoder(
        _ model: ModelTensors, adapter: LowRank?, rotary: (cosine: TensorID, sine: TensorID),
        prefix: String = ""
    ) -> FrameworkDecoder {
        FrameworkDecoder(
            architecture: architecture, model: model, adapter: adapter, profile: profile,
            segmentStarts: segmentStarts, rotary: rotary, prefix: prefix)
    }

    mutating func addMicrobatch() {
        b.scope = Scope(.positions)
        let rotary = b.rotaryTable(segmentStarts: segmentStarts, frequencies: frequencies)
        if case .dpo(let policy, _) = strategy, policy != .full(.precomputed) {
            b.phase = .reference
            let decoder = decoder(
                reference ?? model, adapter: nil, rotary: rotary, prefix: "reference.")
            let hidden = decoder.hidden(&b, ids: tokens)
            let logits = decoder.logits(&b, hidden)
            b.scope = Scope(.loss)
            _ = logSoftmax(logits, name: "reference.log-softmax")
        }
        b.phase = .forward
        b.records = true
        let decoder = decoder(model, adapter: strategy.adapter, rotary: rotary)
        let hidden = decoder.hidden(&b, ids: tokens)
        let logits = decoder.logits(&b, hidden)
        b.scope = Scope(.loss)
        let logs = logSoftmax(logits, name: "log-softmax")
        b.seedGradient(of: logs)
        b.backward()
        b.endSection(.microbatch)
    }

    private mutating func logSoftmax(_ logits: TensorID, name: String) -> TensorID {
        b.elementwise(.logSoftmax, [logits, targets], role: .logits, name: name)
    }

    mutating func addOptimizer() {
        b.phase = .optimizer
        b.scope = Scope(.optimizer)
        let gradients = trained.compactMap { b.gradient(of: $0) }
        let sum = b.tensor("gradient-norm.squared", Shape(1), .workspace)
        b.emit(.sumOfSquares, reads: gradients, writes: [Write(sum)])
        let factor = b.tensor("clip-factor", Shape(1), .workspace)
        let norm = b.tensor("gradient-norm", Shape(1), .output)
        b.emit(.clipFactor(maximumNorm: 1), reads: [sum], writes: [Write(factor), Write(norm)])
        // torch's foreach AdamW takes the root of all second moments at once.
        let total = trained.reduce(0) { $0 + b.spec($1).shape.count }
        let format = trained.first.map { b.spec($0).format } ?? .float32
        let roots = b.tensor("foreach.roots", Shape(max(total, 1)), .workspace, format: format)
        for (index, weight) in trained.enumerated() {
            guard let gradient = b.gradient(of: weight) else { continue }
            let spec = b.spec(weight)
            let moments = ["first", "second"].map {
                b.tensor(
                    "\($0)-moment.\(spec.name)", spec.shape, .optimizerState, format: spec.format)
            }
            b.emit(
                .adamW(.init(weightDecay: 0)), reads: [gradient, factor, scalars],
                writes: ([weight] + moments).map { Write($0, .accumulate) }
                    + (index == 0 ? [Write(roots)] : []))
        }
        b.endSection(.optimizer)
    }
}
