import Architectures
import StepPrograms

/// Builds the forward pass that an eager framework runs, op by op as it allocates.
struct FrameworkDecoder {
    let architecture: Architecture
    let weights: FrameworkWeights
    /// Weights outside the layers.
    let root: ModelTensors
    let adapter: LowRank?
    let configuration: FrameworkConfiguration
    let profile: FrameworkProfile
    let segmentStarts: TensorID
    let rotary: (cosine: TensorID, sine: TensorID)
    var stage = PipelineStage.whole

    /// Whether rows are divided among the devices of a tensor-parallel group between products.
    private var dividesRows: Bool {
        configuration.parallelism.dividesSequence && configuration.parallelism.tensorCount > 1
    }

    /// ids [n] → the normalised output of the last layer [n, h], and the input of every layer.
    func hidden(
        _ b: inout ProgramBuilder, ids: TensorID
    ) -> (output: TensorID, layerInputs: [TensorID]) {
        b.scope = Scope(.embedding)
        var x = stage.embeds ? leave(&b, embedded(&b, ids)) : received(&b, ids)
        let checkpoints = configuration.checkpointing != .none
        var inputs: [TensorID] = []
        for layer in 0 ..< architecture.layerCount {
            let input = x
            inputs.append(input)
            x =
                checkpoints
                ? b.checkpoint { self.layer(&$0, layer, input) } : self.layer(&b, layer, input)
            if configuration.checkpointing == .selective { keepSelected(&b, layer, input) }
        }
        b.scope = Scope(.finalNorm)
        guard stage.hasHead else { return (x, inputs) }
        return (enter(&b, norm(&b, x, .final, layer: nil, in: root)), inputs)
    }

    /// What selective checkpointing keeps of a layer besides its input: the output of attention and of
    /// every second product, query, key, gate and down (torchtitan `parallelize_llama.py`, `_save_list`).
    private func keepSelected(_ b: inout ProgramBuilder, _ layer: Int, _ x: TensorID) {
        let width =
            2 * architecture.attentionWidth(layer) + architecture.keyValueWidth
            + architecture.feedForwardWidth
        let kept = b.tensor(
            "selected", Shape(b.spec(x).shape.rows, width), .activation, format: profile.compute)
        b.scope = Scope(.activation, layer: layer)
        b.emit(.elementwise(.moved), reads: [segmentStarts], writes: [Write(kept)])
        b.releaseInBackward([kept])
    }

    /// Rows from the stage before.
    private func received(_ b: inout ProgramBuilder, _ ids: TensorID) -> TensorID {
        let rows =
            b.spec(ids).shape.count / (dividesRows ? configuration.parallelism.tensorCount : 1)
        let x = b.tensor(
            "received", Shape(rows, architecture.hiddenWidth), .activation, format: profile.compute)
        b.emit(.elementwise(.moved), reads: [ids], writes: [Write(x)])
        b.requireGradient(of: x)
        return x
    }

    /// All rows of a sequence from each device's share, before products that divide columns.
    func enter(_ b: inout ProgramBuilder, _ x: TensorID) -> TensorID {
        guard dividesRows else { return x }
        let shape = b.spec(x).shape
        let whole = b.tensor(
            "rows", Shape(shape.rows * configuration.parallelism.tensorCount, shape.width),
            .activation, format: b.spec(x).format)
        b.allGather([x], into: [whole], group: .tensor)
        if profile.regathersRows { b.recomputeLastInsteadOfKeeping() }
        return whole
    }

    /// The sum over a tensor-parallel group: whole, or each device's share of the rows.
    func leave(_ b: inout ProgramBuilder, _ x: TensorID) -> TensorID {
        let count = configuration.parallelism.tensorCount
        guard count > 1 else { return x }
        guard dividesRows else {
            b.allReduce(x, group: .tensor)
            return x
        }
        let shape = b.spec(x).shape
        let share = b.tensor(
            "rows.share", Shape(shape.rows / count, shape.width), .activation,
            format: b.spec(x).format)
        b.emit(.collective(.reduceScatter(.tensor)), reads: [x], writes: [Write(share)])
        return share
    }

    private func embedded(_ b: inout ProgramBuilder, _ ids: TensorID) -> TensorID {
        let table = root[.tokenEmbedding]
        let shape = Shape(b.spec(ids).shape.count, architecture.hiddenWidth)
        func looked(_ b: inout ProgramBuilder, _ table: TensorID) -> TensorID {
            let rows = b.tensor("embedding", shape, .activation, format: b.spec(table).format)
            b.emit(.embedding, reads: [ids, table], writes: [Write(rows)])
            return rows
        }
        var x = looked(&b, table)
        if profile.differentiatesInputs { b.requireGradient(of: x) }
        if let positions = root.parameters[.positionEmbedding] {
            let rows = looked(&b, positions)
            x = b.elementwise(.sum, [x, rows], name: "positioned")
        }
        if architecture.scalesEmbeddings { x = b.elementwise(.scaled, [x], name: "scaled") }
        if root.parameters[.norm(.embedding, layer: nil)] != nil {
            x = norm(&b, x, .embedding, layer: nil, in: root)
        }
        return x
    }

    // MARK: A layer

    private func layer(_ b: inout ProgramBuilder, _ layer: Int, _ x: TensorID) -> TensorID {
        b.scope = Scope(.collective, layer: layer)
        let (model, gathered) = weights.weights(
            &b, of: .layer(layer), keeps: configuration.checkpointing != .none)
        let output = output(
            &b, x, FrameworkLayer(decoder: self, layer: layer, model: model), layer, model)
        b.release(gathered)
        return output
    }

    private func output(
        _ b: inout ProgramBuilder, _ x: TensorID, _ block: FrameworkLayer, _ layer: Int,
        _ model: ModelTensors
    ) -> TensorID {
        switch architecture.normPlacement {
        case .before, .around, .after:
            let normed = before(&b, x, .attention, layer, model)
            let mixed = after(
                &b, leave(&b, block.mixed(&b, enter(&b, normed))), .afterAttention, layer, model)
            let middle = sum(&b, x, mixed, layer)
            let again = before(&b, middle, .feedForward, layer, model)
            let fed = after(
                &b, leave(&b, block.fed(&b, enter(&b, again))), .afterFeedForward, layer, model)
            return sum(&b, middle, fed, layer)
        case .parallel:
            let mixed = block.mixed(&b, enter(&b, before(&b, x, .attention, layer, model)))
            let fed = block.fed(&b, enter(&b, before(&b, x, .feedForward, layer, model)))
            return sum(&b, x, leave(&b, sum(&b, mixed, fed, layer)), layer)
        case .parallelShared:
            let normed = enter(&b, before(&b, x, .attention, layer, model))
            let mixed = block.mixed(&b, normed)
            let fed = block.fed(&b, normed)
            return sum(&b, x, leave(&b, sum(&b, mixed, fed, layer)), layer)
        }
    }

    private func before(
        _ b: inout ProgramBuilder, _ x: TensorID, _ site: ParameterID.NormSite, _ layer: Int,
        _ model: ModelTensors
    ) -> TensorID {
        if architecture.normPlacement == .after { return x }
        b.scope = Scope(site == .attention ? .attentionNorm : .feedForwardNorm, layer: layer)
        return norm(&b, x, site, layer: layer, in: model)
    }

    private func after(
        _ b: inout ProgramBuilder, _ x: TensorID, _ site: ParameterID.NormSite, _ layer: Int,
        _ model: ModelTensors
    ) -> TensorID {
        guard [.around, .after].contains(architecture.normPlacement) else { return x }
        b.scope = Scope(
            site == .afterAttention ? .afterAttentionNorm : .afterFeedForwardNorm, layer: layer)
        return norm(&b, x, site, layer: layer, in: model)
    }

    private func sum(
        _ b: inout ProgramBuilder, _ x: TensorID, _ y: TensorID, _ layer: Int
    ) -> TensorID {
        b.scope = Scope(.residual, layer: layer)
        let raised = [x, y].first { b.spec($0).format == .float32 } ?? x
        return b.elementwise(.sum, [raised, raised == x ? y : x], name: "sum")
    }

    // MARK: Norms

    /// A norm of rows, with the parameters it has.
    func norm(
        _ b: inout ProgramBuilder, _ x: TensorID, _ site: ParameterID.NormSite, layer: Int?,
        in model: ModelTensors
    ) -> TensorID {
        norm(&b, x, weight: model.parameters[.norm(site, layer: layer)])
    }

    /// A norm of rows as wide as the weight, or of whole rows where there is none.
    func norm(_ b: inout ProgramBuilder, _ x: TensorID, weight: TensorID?) -> TensorID {
        let format = b.spec(x).format
        switch (architecture.norm, profile.norm) {
        case (.rms, .eager), (.rms, .eagerUnraised): return eagerNorm(&b, x, weight: weight)
        case (.rms, .fused): return fusedNorm(&b, x, weight, result: format)
        case (.layer, _), (.layerWithoutBias, _), (.plain, _):
            // autocast runs layer_norm in float32 (`aten/src/ATen/autocast_mode.h`).
            guard profile.autocasts else { return fusedNorm(&b, x, weight, result: format) }
            let raised =
                format == .float32
                ? x : b.elementwise(.cast, [x], format: .float32, name: "raised")
            return fusedNorm(&b, raised, weight, result: .float32)
        }
    }

    private func fusedNorm(
        _ b: inout ProgramBuilder, _ x: TensorID, _ weight: TensorID?, result: StorageFormat
    ) -> TensorID {
        guard let weight else { return eagerNorm(&b, x, weight: nil) }
        let shape = b.spec(x).shape
        let width = b.spec(weight).shape.count
        let output = b.tensor("normed", shape, .activation, format: result)
        let column = b.tensor("inverse-deviation", Shape(shape.count / width), .activation)
        b.emit(
            .rmsNorm(epsilon: architecture.normEpsilon), reads: [x, weight],
            writes: [Write(output), Write(column)])
        return output
    }

    /// RMSNorm as transformers writes it: raised, squared, averaged, multiplied, lowered, scaled.
    private func eagerNorm(
        _ b: inout ProgramBuilder, _ x: TensorID, weight: TensorID?
    ) -> TensorID {
        let (shape, format) = (b.spec(x).shape, b.spec(x).format)
        let width = weight.map { b.spec($0).shape.count } ?? shape.width
        let raised =
            format == .float32 || profile.norm == .eagerUnraised
            ? x : b.elementwise(.cast, [x], format: .float32, name: "raised")
        let inverse = b.elementwise(
            .inverseRMS, [raised], shape: Shape(shape.count / width), format: .float32,
            name: "inverse-rms")
        let normed = b.elementwise(.product, [raised, inverse], name: "normed")
        guard let weight else { return normed }
        if architecture.scalesNormsInFloat32 {
            let scaled = b.elementwise(
                .product, [normed, weight], format: .float32, name: "scaled")
            return format == .float32
                ? scaled : b.elementwise(.cast, [scaled], format: format, name: "lowered")
        }
        let lowered =
            b.spec(normed).format == format
            ? normed : b.elementwise(.cast, [normed], format: format, name: "lowered")
        // A float32 weight raises the product.
        let result: StorageFormat = b.spec(weight).format == .float32 ? .float32 : format
        return b.elementwise(.product, [lowered, weight], format: result, name: "scaled")
    }

    // MARK: Products

    /// x · weightᵀ (+ bias) in the compute format, from operands cast as the framework casts them.
    func product(
        _ b: inout ProgramBuilder, _ x: TensorID, _ weight: TensorID, bias: TensorID? = nil,
        role: Role = .activation, _ name: String
    ) -> TensorID {
        var input = b.spec(x).format == profile.compute ? x : cast(&b, x)
        if profile.keepsQuantizedInputs, !b.spec(weight).format.isPlain {
            // A view of the input that the derivative refers to without reading it.
            let view = b.tensor(
                "input", b.spec(input).shape, .activation, format: profile.compute, base: input)
            b.emit(.elementwise(.dropout), reads: [input, input], writes: [Write(view)])
            input = view
        }
        let plain = plain(&b, weight)
        let keepsFormat = profile.quantizedProductsKeepFormat && !b.spec(weight).format.isPlain
        let output = b.tensor(
            name, Shape(b.spec(x).shape.rows, b.spec(weight).shape.outputs), role,
            format: keepsFormat ? b.spec(x).format : profile.compute)
        b.emit(
            .linear(scale: 1), reads: [input, plain] + (bias.map { [$0] } ?? []),
            writes: [Write(output)])
        return output
    }

    private func cast(_ b: inout ProgramBuilder, _ x: TensorID) -> TensorID {
        b.elementwise(.cast, [x], format: profile.compute, name: "cast")
    }

    /// A weight in the compute format: dequantised for the moment, cast when it is kept otherwise.
    private func plain(_ b: inout ProgramBuilder, _ weight: TensorID) -> TensorID {
        let spec = b.spec(weight)
        guard spec.format.isPlain else {
            let plain = b.tensor("dequantized", spec.shape, .workspace, format: profile.compute)
            b.emit(.dequantize, reads: [weight], writes: [Write(plain)])
            if !profile.keepsRestoredWeights { b.recomputeLastInsteadOfKeeping() }
            return plain
        }
        guard spec.format != profile.compute else { return weight }
        return b.elementwise(
            .cast, [weight], format: profile.compute, role: .workspace, name: "weight.cast")
    }
}

extension Architecture {
    /// Whether embeddings are multiplied by a constant (Gemma, Granite).
    fileprivate var scalesEmbeddings: Bool {
        switch family {
        case .gemma, .gemma2, .gemma3, .granite, .granitemoe, .granitemoeshared: true
        default: false
        }
    }

    /// Whether norms multiply by their weight before they lower the result (`GemmaRMSNorm.forward`).
    fileprivate var scalesNormsInFloat32: Bool {
        switch family {
        case .gemma, .gemma2, .gemma3: true
        default: false
        }
    }
}
