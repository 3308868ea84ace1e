import Architectures
import StepPrograms

/// Builds the forward pass that an eager framework runs, op by op as it allocates.
struct FrameworkDecoder {
    let architecture: Architecture
    let model: ModelTensors
    let adapter: LowRank?
    let profile: FrameworkProfile
    let segmentStarts: TensorID
    let rotary: (cosine: TensorID, sine: TensorID)
    var prefix = ""

    /// ids [n] → the normalised output of the last layer [n, h].
    func hidden(_ b: inout ProgramBuilder, ids: TensorID) -> TensorID {
        b.scope = Scope(.embedding)
        let table = model[.tokenEmbedding]
        var x = b.tensor(
            "\(prefix)embedding", Shape(b.spec(ids).shape.count, architecture.hiddenWidth),
            .activation, format: b.spec(table).format)
        b.emit(.embedding, reads: [ids, table], writes: [Write(x)])
        for layer in 0 ..< architecture.layerCount {
            let input = x
            x =
                profile.checkpointing
                ? b.checkpoint { self.layer(&$0, layer, input) } : self.layer(&b, layer, input)
        }
        b.scope = Scope(.finalNorm)
        return norm(&b, x, .finalNorm, "\(prefix)final-norm")
    }

    /// Logits in the compute format [n, v], or raised to float32.
    func logits(_ b: inout ProgramBuilder, _ hidden: TensorID) -> TensorID {
        b.scope = Scope(.head)
        let head =
            architecture.tiesEmbeddings ? model[.tokenEmbedding] : model[.outputHead]
        let rows = b.spec(hidden).shape.rows
        let logits = b.tensor(
            "\(prefix)logits", Shape(rows, architecture.vocabularySize), .logits,
            format: profile.compute)
        b.emit(.linear(scale: 1), reads: [hidden, cast(&b, head)], writes: [Write(logits)])
        guard profile.raisesLogits else { return logits }
        return b.elementwise(
            .cast, [logits], format: .float32, role: .logits, name: "\(prefix)logits.float32")
    }

    private func layer(_ b: inout ProgramBuilder, _ layer: Int, _ x: TensorID) -> TensorID {
        let name = "\(prefix)layers.\(layer)"
        b.scope = Scope(.attentionNorm, layer: layer)
        let normed = norm(&b, x, .attentionNorm(layer: layer), "\(name).attention-norm")
        var query = project(&b, .query, layer, normed)
        var key = project(&b, .key, layer, normed)
        let value = project(&b, .value, layer, normed)
        if architecture.normalizesQueriesAndKeys {
            query = norm(&b, query, .queryNorm(layer: layer), "\(name).query-norm")
            key = norm(&b, key, .keyNorm(layer: layer), "\(name).key-norm")
        }
        b.scope = Scope(.attention, layer: layer)
        let angles = [rotary.cosine, rotary.sine]
        let turnedQuery = b.elementwise(.rotated, [query] + angles, name: "\(name).query.rotated")
        let turnedKey = b.elementwise(.rotated, [key] + angles, name: "\(name).key.rotated")
        let attended = attention(&b, turnedQuery, turnedKey, value, "\(name).attention")
        let projected = project(&b, .attentionOutput, layer, attended)
        b.scope = Scope(.residual, layer: layer)
        let middle = b.elementwise(.sum, [x, projected], name: "\(name).middle")

        b.scope = Scope(.feedForwardNorm, layer: layer)
        let again = norm(&b, middle, .feedForwardNorm(layer: layer), "\(name).feed-forward-norm")
        let gate = project(&b, .gate, layer, again)
        let up = project(&b, .up, layer, again)
        b.scope = Scope(.activation, layer: layer)
        let activated = b.elementwise(.silu, [gate], name: "\(name).silu")
        let product = b.elementwise(.product, [activated, up], name: "\(name).product")
        let down = project(&b, .down, layer, product)
        b.scope = Scope(.residual, layer: layer)
        return b.elementwise(.sum, [middle, down], name: "\(name).output")
    }

    /// FlashAttention or SDPA: saves query, key, value, output and log-sum-exp.
    private func attention(
        _ b: inout ProgramBuilder, _ query: TensorID, _ key: TensorID, _ value: TensorID,
        _ name: String
    ) -> TensorID {
        let shape = b.spec(query).shape
        let output = b.tensor(name, shape, .activation, format: profile.compute)
        let sums = b.tensor(
            "\(name).log-sum-exp", Shape(shape.rows, architecture.headCount), .activation)
        let scratch = b.tensor("\(name).workspace", Shape(1), .workspace)
        b.emit(
            .attention(headWidth: architecture.headWidth),
            reads: [query, key, value, segmentStarts],
            writes: [Write(output), Write(sums), Write(scratch)])
        return output
    }

    private func norm(
        _ b: inout ProgramBuilder, _ x: TensorID, _ weight: ParameterID, _ name: String
    ) -> TensorID {
        let width = b.spec(model[weight]).shape.count
        let shape = b.spec(x).shape
        var raised = x
        if profile.raisesNormInput, b.spec(x).format != .float32 {
            raised = b.elementwise(.cast, [x], format: .float32, name: "\(name).raised")
        }
        let inverse = b.elementwise(
            .inverseRMS, [raised], shape: Shape(shape.count / width), format: .float32,
            name: "\(name).inverse-rms")
        let normed = b.elementwise(.product, [raised, inverse], name: "\(name).normed")
        let lowered = b.elementwise(
            .cast, [normed], format: profile.compute, name: "\(name).lowered")
        return b.elementwise(.product, [lowered, model[weight]], name: name)
    }

    private func project(
        _ b: inout ProgramBuilder, _ linear: LinearLayer, _ layer: Int, _ x: TensorID
    ) -> TensorID {
        b.scope = Scope(Scope.Module(linear), layer: layer)
        let name = "\(prefix)layers.\(layer).\(linear.rawValue)"
        let output = product(
            &b, x, model[.weight(linear, layer: layer)],
            bias: model.parameters[.bias(linear, layer: layer)], name)
        guard let adapter, adapter.targets.contains(linear),
            let down = model.adapters[AdapterParameterID(linear, layer: layer, matrix: .a)],
            let up = model.adapters[AdapterParameterID(linear, layer: layer, matrix: .b)]
        else { return output }
        var input = x
        if profile.castsAdapterInput, b.spec(x).format != profile.adapter {
            input = b.elementwise(.cast, [x], format: profile.adapter, name: "\(name).raised")
        }
        if profile.adapter != profile.compute {
            input = b.elementwise(.cast, [input], format: profile.compute, name: "\(name).autocast")
        }
        let low = product(&b, input, down, bias: nil, "\(name).low-rank")
        let high = product(&b, low, up, bias: nil, "\(name).high")
        let scaled = b.elementwise(.scaled, [high], name: "\(name).scaled")
        return b.elementwise(.sum, [output, scaled], name: "\(name).adapted")
    }

    private func product(
        _ b: inout ProgramBuilder, _ x: TensorID, _ weight: TensorID, bias: TensorID?,
        _ name: String
    ) -> TensorID {
        let plain = cast(&b, weight)
        let output = b.tensor(
            name, Shape(b.spec(x).shape.rows, b.spec(weight).shape[0]), .activation,
            format: profile.compute)
        b.emit(
            .linear(scale: 1), reads: [x, plain] + (bias.map { [$0] } ?? []),
            writes: [Write(output)])
        return output
    }

    /// A weight in the compute format: dequantised for the moment, cast when it is kept otherwise.
    private func cast(_ b: inout ProgramBuilder, _ weight: TensorID) -> TensorID {
        if case .nf4 = b.spec(weight).format {
            let plain = b.tensor(
                "\(b.spec(weight).name).dequantized.\(b.tensors.count)", b.spec(weight).shape,
                .workspace, format: profile.compute)
            b.emit(.dequantize, reads: [weight], writes: [Write(plain)])
            b.recomputeLastInsteadOfKeeping()
            return plain
        }
        guard b.spec(weight).format != profile.compute else { return weight }
        return b.elementwise(
            .cast, [weight], format: profile.compute, role: .workspace,
            name: "\(b.spec(weight).name).cast")
    }
}
