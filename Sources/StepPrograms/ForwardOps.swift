/// The forward vocabulary of the builder.
extension ProgramBuilder {
    /// Rows of a table: ids [n], table [v, h] → [n, h].
    package mutating func embedding(_ ids: TensorID, table: TensorID, name: String) -> TensorID {
        let output = activation(name, Shape(spec(ids).shape.count, spec(table).shape.width))
        emit(.embedding, reads: [ids, table], writes: [Write(output)])
        return output
    }

    /// Cosines and sines of the rotary angles of every row.
    package mutating func rotaryTable(
        segmentStarts: TensorID, frequencies: TensorID, prefix: String = ""
    ) -> (cosine: TensorID, sine: TensorID) {
        let shape = Shape(spec(segmentStarts).shape.count, spec(frequencies).shape.count)
        let cosine = activation("\(prefix)rotary.cosine", shape)
        let sine = activation("\(prefix)rotary.sine", shape)
        emit(
            .rotaryTable, reads: [segmentStarts, frequencies],
            writes: [Write(cosine), Write(sine)])
        return (cosine, sine)
    }

    /// RMS normalisation of rows as wide as the weight.
    package mutating func rmsNorm(
        _ x: TensorID, weight: TensorID, epsilon: Double, name: String, keepsResult: Bool = true
    ) -> TensorID {
        let width = spec(weight).shape.count
        let output = activation(name, spec(x).shape)
        let inverse = activation("\(name).inverse-rms", Shape(spec(x).shape.count / width))
        emit(
            .rmsNorm(epsilon: epsilon), reads: [x, weight],
            writes: [Write(output), Write(inverse)])
        if !keepsResult { recomputeLastInsteadOfKeeping() }
        return output
    }

    /// scale · x · weightᵀ + bias; added to `sum` when it is given.
    package mutating func linear(
        _ x: TensorID, weight: TensorID, bias: TensorID? = nil, scaledBy scale: Double = 1,
        addingTo sum: TensorID? = nil, name: String
    ) -> TensorID {
        let weight = dequantizedIfNeeded(weight)
        let shape = Shape(spec(x).shape.rows, spec(weight).shape[0])
        let output = sum ?? activation(name, shape)
        emit(
            .linear(scale: scale), reads: [x, weight] + (bias.map { [$0] } ?? []),
            writes: [Write(output, sum == nil ? .overwrite : .accumulate)])
        return output
    }

    private mutating func dequantizedIfNeeded(_ weight: TensorID) -> TensorID {
        guard case .nf4 = spec(weight).format else { return weight }
        let name = "\(spec(weight).name).dequantized.\(tensors.count)"
        let plain = tensor(name, spec(weight).shape, .workspace)
        emit(.dequantize, reads: [weight], writes: [Write(plain)])
        recomputeLastInsteadOfKeeping()
        return plain
    }

    /// Turns x in place by the rotary angles.
    package mutating func rotate(_ x: TensorID, cosine: TensorID, sine: TensorID) {
        emit(
            .rotary(inverse: false), reads: [x, cosine, sine], writes: [Write(x, .accumulate)])
    }

    /// Causal attention within segments.
    package mutating func attention(
        query: TensorID, key: TensorID, value: TensorID, segmentStarts: TensorID, headWidth: Int,
        name: String
    ) -> TensorID {
        let shape = spec(query).shape
        let output = activation(name, shape)
        let logSumExp = activation(
            "\(name).log-sum-exp", Shape(shape.rows, shape.width / headWidth))
        emit(
            .attention(headWidth: headWidth), reads: [query, key, value, segmentStarts],
            writes: [Write(output), Write(logSumExp), scratch(workspaces.attention, name)])
        return output
    }

    /// Attention of new rows over all that their slots hold, after their keys and values joined it.
    package mutating func cachedAttention(
        query: TensorID, key: TensorID, value: TensorID, slots: TensorID, positions: TensorID,
        caches: (key: TensorID, value: TensorID), headWidth: Int, name: String
    ) -> TensorID {
        let output = activation(name, spec(query).shape)
        let workspace = workspaces.cachedAttention(capacity: spec(caches.key).shape[1])
        emit(
            .cachedAttention(headWidth: headWidth), reads: [query, key, value, slots, positions],
            writes: [
                Write(output), Write(caches.key, .accumulate), Write(caches.value, .accumulate),
                scratch(workspace, name),
            ])
        return output
    }

    /// The most likely next token of each row.
    package mutating func greedyTokens(
        hidden: TensorID, head: TensorID, chunk: Int, into output: TensorID
    ) {
        let rows = min(chunk, spec(hidden).shape.rows)
        let logits = tensor("decode.logits", Shape(rows, spec(head).shape[0]), .logits)
        emit(
            .greedyToken(chunk: rows), reads: [hidden, head],
            writes: [Write(output), Write(logits)])
    }

    /// Logits of every row.
    package mutating func logits(hidden: TensorID, head: TensorID, into output: TensorID) {
        emit(.logits, reads: [hidden, head], writes: [Write(output)])
    }

    /// silu(gate) ∘ up.
    package mutating func swiGLU(
        gate: TensorID, up: TensorID, name: String, keepsResult: Bool = true
    ) -> TensorID {
        let output = activation(name, spec(gate).shape)
        emit(.swiGLU, reads: [gate, up], writes: [Write(output)])
        if !keepsResult { recomputeLastInsteadOfKeeping() }
        return output
    }

    /// y += x, in place; y is returned for the reader's sake.
    package mutating func add(_ x: TensorID, into y: TensorID) -> TensorID {
        emit(.add, reads: [x], writes: [Write(y, .accumulate)])
        return y
    }

    /// The weighted sum of token cross-entropies, with its gradient made in the same pass.
    package mutating func crossEntropy(
        hidden: TensorID, head: TensorID, targets: TensorID, weights: TensorID, loss: TensorID,
        chunk: Int
    ) {
        let rows = min(chunk, spec(hidden).shape.rows)
        var writes = [
            Write(loss, .accumulateAfterFirstRepetition),
            Write(tensor("loss.logits", Shape(rows, spec(head).shape[0]), .logits)),
        ]
        if records, isDifferentiable(hidden) {
            let gradient = activationGradient(of: hidden)
            setGradient(gradient, of: hidden)
            writes.append(Write(gradient))
            if isTrained(head) {
                writes.append(weightGradientWrite(head))
            } else if isDifferentiable(head) {
                writes.append(contribution(to: head))
            }
        }
        ops.append(
            Op(
                .crossEntropy(chunk: rows), reads: [hidden, head, targets, weights],
                writes: Operands(writes), phase: phase, scope: scope))
    }

    /// The log-probability of each row's target.
    package mutating func logProbabilities(
        hidden: TensorID, head: TensorID, targets: TensorID, chunk: Int, name: String
    ) -> TensorID {
        let rows = spec(hidden).shape.rows
        let result = activation(name, Shape(rows))
        let logSumExp = activation("\(name).log-sum-exp", Shape(rows))
        let chunk = min(chunk, rows)
        let logits = tensor("\(name).logits", Shape(chunk, spec(head).shape[0]), .logits)
        emit(
            .logProbabilities(chunk: chunk), reads: [hidden, head, targets],
            writes: [Write(result), Write(logSumExp), Write(logits)])
        return result
    }

    /// The sigmoid preference loss; its gradient is made in the same pass.
    package mutating func preferenceLoss(
        policy: TensorID, reference: TensorID, sequences: TensorID, scalars: TensorID,
        loss: TensorID, metrics: TensorID, sequenceCount: Int, beta: Double
    ) {
        let gradient = activationGradient(of: policy)
        setGradient(gradient, of: policy)
        let sums = tensor("preference.sums", Shape(2, sequenceCount), .workspace)
        ops.append(
            Op(
                .preferenceLoss(beta: beta), reads: [policy, reference, sequences, scalars],
                writes: [
                    Write(loss, .accumulateAfterFirstRepetition), Write(gradient), Write(sums),
                    Write(metrics, .accumulateAfterFirstRepetition),
                ], phase: phase, scope: scope))
    }

    /// An activation of the phase that is being built.
    package mutating func activation(_ name: String, _ shape: Shape) -> TensorID {
        tensor(phase == .reference ? "reference.\(name)" : name, shape, .activation)
    }

    /// A workspace of `count` float32 elements that lives only while one op runs.
    mutating func scratch(_ count: Int, _ name: String) -> Write {
        Write(
            tensor(
                isEager ? "workspace" : "\(name).workspace.\(tensors.count)", Shape(max(count, 1)),
                .workspace))
    }
}
