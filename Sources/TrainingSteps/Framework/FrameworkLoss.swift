import Architectures
import StepPrograms

/// The way from the last hidden rows to the loss, as a framework allocates it.
struct FrameworkLoss {
    let decoder: FrameworkDecoder
    let targets: TensorID
    let loss: TensorID
    let rowWeights: TensorID

    private var profile: FrameworkProfile { decoder.profile }
    private var architecture: Architecture { decoder.architecture }

    /// Pieces of a loss in pieces that are built one by one; more cost time and change little.
    private static let mostPieces = 16

    private var head: TensorID {
        let ties = architecture.tiesEmbeddings && !profile.untiesEmbeddings
        return decoder.root[ties ? .tokenEmbedding : .outputHead]
    }

    /// Emits head and loss and starts the backward pass at its result.
    ///
    /// - Returns: tensors that stay alive though no op reads them.
    func emit(
        _ b: inout ProgramBuilder, hidden: TensorID, isReference: Bool = false
    ) -> Kept {
        b.scope = Scope(.head)
        let rows = b.spec(hidden).shape.rows
        switch decoder.configuration.crossEntropy {
        case .whole:
            return path(&b, logits(&b, hidden), targets, isReference: isReference)
        case .fusedKernel:
            return path(&b, logits(&b, hidden), nil, isReference: isReference)
        case .chunked(let pieces):
            let size = profile.loss.pieceRows ?? (rows + pieces - 1) / max(pieces, 1)
            let count = min(max((rows + size - 1) / size, 1), Self.mostPieces)
            let starts = (0 ... count).map { rows * $0 / count }
            let shapes = zip(starts, starts.dropFirst()).map {
                Shape($1 - $0, b.spec(hidden).shape.width)
            }
            let parts = b.parts(
                of: hidden, shapes, names: [String](repeating: "hidden.piece", count: count))
            return parts.reduce(into: Kept()) { kept, part in
                b.scope = Scope(.head)
                kept.add(path(&b, logits(&b, part), nil, isReference: isReference))
            }
        case .fusedLinear:
            b.scope = Scope(.loss)
            b.crossEntropy(
                hidden: hidden, head: head, targets: targets, weights: rowWeights, loss: loss,
                chunk: fusedChunk(rows))
            return Kept()
        }
    }

    /// Tensors that variables refer to longer than ops read them.
    struct Kept {
        /// Until the loss is there.
        var untilLoss: [TensorID] = []
        /// Until the backward pass has ended.
        var untilGradients: [TensorID] = []
        /// The inputs of all layers.
        var layerInputs: [TensorID] = []

        mutating func add(_ tensor: TensorID, until: FrameworkProfile.LossPath.Until) {
            switch until {
            case .used: return
            case .loss: untilLoss.append(tensor)
            case .gradients: untilGradients.append(tensor)
            }
        }

        mutating func add(_ other: Kept) {
            untilLoss += other.untilLoss
            untilGradients += other.untilGradients
        }
    }

    private func logits(_ b: inout ProgramBuilder, _ hidden: TensorID) -> TensorID {
        let logits = decoder.product(
            &b, hidden, head, bias: decoder.root.parameters[.headBias], role: .logits, "logits")
        guard architecture.logitCap != nil else { return logits }
        let scaled = b.elementwise(.scaled, [logits], role: .logits, name: "logits.scaled")
        let squeezed = b.elementwise(.tanh, [scaled], role: .logits, name: "logits.tanh")
        return b.elementwise(.scaled, [squeezed], role: .logits, name: "logits.capped")
    }

    private var isInPieces: Bool {
        if case .chunked = decoder.configuration.crossEntropy { true } else { false }
    }

    /// Raised, shifted, log-softmax: all rows, or those of one piece.
    private func path(
        _ b: inout ProgramBuilder, _ logits: TensorID, _ targets: TensorID?, isReference: Bool
    ) -> Kept {
        var kept = Kept()
        kept.add(logits, until: profile.loss.keepsLogits)
        var x = logits
        b.scope = Scope(.loss)
        if isInPieces, profile.loss.fusesPieces {
            if !isReference { b.seedGradient(of: x) }
            return kept
        }
        let shifts = profile.loss.copiesShifted && !isInPieces
        if shifts, profile.loss.shiftsBeforeRaising {
            x = b.elementwise(.moved, [x], role: .logits, name: "logits.shifted")
            kept.add(x, until: profile.loss.keepsLogits)
        }
        if profile.loss.raises, b.spec(x).format != .float32 {
            x = b.elementwise(
                .cast, [x], format: .float32, role: .logits, name: "logits.raised")
            kept.add(x, until: profile.loss.keepsRaised)
        }
        if shifts, !profile.loss.shiftsBeforeRaising {
            x = b.elementwise(.moved, [x], role: .logits, name: "logits.shifted")
        }
        if decoder.configuration.crossEntropy == .fusedKernel {
            // The kernel writes the gradient over the logits.
            if !isReference { b.seedGradient(of: x) }
            return kept
        }
        let logs = b.elementwise(
            .logSoftmax, [x, targets ?? decoder.segmentStarts], role: .logits,
            name: "log-softmax")
        if !isReference { b.seedGradient(of: logs) }
        return kept
    }

    /// Rows that a fused head and loss handles at a time: as many as keep a chunk's logits as large as
    /// the hidden rows (Liger `fused_linear_cross_entropy.py`, `chunk_size`).
    private func fusedChunk(_ rows: Int) -> Int {
        let factor =
            (architecture.vocabularySize + architecture.hiddenWidth - 1) / architecture.hiddenWidth
        let least = (rows + factor - 1) / factor
        var power = 1
        while power < least { power *= 2 }
        return min(power, rows)
    }
}
