import Architectures
import Quantities
import StepPrograms

/// The tensors of a model's weights inside a program.
package struct ModelTensors: Sendable, Hashable {
    /// The model's own weights.
    package var parameters: [ParameterID: TensorID] = [:]
    /// Adapter weights.
    package var adapters: [AdapterParameterID: TensorID] = [:]

    package subscript(_ parameter: ParameterID) -> TensorID {
        guard let id = parameters[parameter] else { fatalError("no tensor for \(parameter)") }
        return id
    }
}

/// Builds the forward pass of an `Architecture`.
struct Decoder {
    let architecture: Architecture
    let model: ModelTensors
    /// The adapter to apply, or nil to run the model without it.
    let adapter: LowRank?
    let profile: LocalProfile
    let segmentStarts: TensorID
    let rotary: (cosine: TensorID, sine: TensorID)
    /// Keys and values of earlier tokens, when rows continue sequences instead of holding them whole.
    var cache: Cache?
    /// Put before the names of tensors, so that two decoders can share a program.
    var prefix = ""

    /// Where the rows of a step continue their sequences.
    struct Cache {
        let slots: TensorID
        let positions: TensorID
        /// By layer.
        let layers: [(key: TensorID, value: TensorID)]
    }

    /// ids [n] → the normalised output of the last layer [n, h].
    func hidden(_ b: inout ProgramBuilder, ids: TensorID) -> TensorID {
        b.scope = Scope(.embedding)
        var x = b.embedding(ids, table: model[.tokenEmbedding], name: "\(prefix)embedding")
        for layer in 0 ..< architecture.layerCount {
            let input = x
            x =
                profile.checkpointing
                ? b.checkpoint { self.layer(&$0, layer, input) } : self.layer(&b, layer, input)
        }
        b.scope = Scope(.finalNorm)
        return b.rmsNorm(
            x, weight: model[.finalNorm], epsilon: architecture.normEpsilon,
            name: "\(prefix)final-norm")
    }

    /// The matrix that turns hidden rows into logits.
    var head: TensorID {
        architecture.tiesEmbeddings ? model[.tokenEmbedding] : model[.outputHead]
    }

    private func layer(_ b: inout ProgramBuilder, _ layer: Int, _ x: TensorID) -> TensorID {
        let name = "\(prefix)layers.\(layer)"
        func scope(_ module: Scope.Module) { b.scope = Scope(module, layer: layer) }

        scope(.attentionNorm)
        let normed = norm(&b, x, .attentionNorm(layer: layer), "\(name).attention-norm")
        let attended = attention(&b, layer, normed)
        let projected = project(&b, .attentionOutput, layer, attended)
        scope(.residual)
        let middle = b.add(x, into: projected)

        scope(.feedForwardNorm)
        let normedAgain = norm(
            &b, middle, .feedForwardNorm(layer: layer), "\(name).feed-forward-norm")
        let gate = project(&b, .gate, layer, normedAgain)
        let up = project(&b, .up, layer, normedAgain)
        scope(.activation)
        let activated = b.swiGLU(
            gate: gate, up: up, name: "\(name).activation",
            keepsResult: profile.keepsElementwiseResults)
        let down = project(&b, .down, layer, activated)
        scope(.residual)
        return b.add(middle, into: down)
    }

    private func norm(
        _ b: inout ProgramBuilder, _ x: TensorID, _ weight: ParameterID, _ name: String
    ) -> TensorID {
        b.rmsNorm(
            x, weight: model[weight], epsilon: architecture.normEpsilon, name: name,
            keepsResult: profile.keepsElementwiseResults)
    }

    private func attention(_ b: inout ProgramBuilder, _ layer: Int, _ x: TensorID) -> TensorID {
        let (query, key, value) = rotatedProjections(&b, layer, x)
        b.scope = Scope(.attention, layer: layer)
        let name = "\(prefix)layers.\(layer).attention"
        if let cache {
            return b.cachedAttention(
                query: query, key: key, value: value, slots: cache.slots,
                positions: cache.positions, caches: cache.layers[layer],
                headWidth: architecture.headWidth, name: name)
        }
        return b.attention(
            query: query, key: key, value: value, segmentStarts: segmentStarts,
            headWidth: architecture.headWidth, name: name)
    }

    /// Query, key and value of a layer, normalised and rotated as the architecture says.
    func rotatedProjections(
        _ b: inout ProgramBuilder, _ layer: Int, _ x: TensorID
    ) -> (query: TensorID, key: TensorID, value: TensorID) {
        var query = project(&b, .query, layer, x)
        var key = project(&b, .key, layer, x)
        let value = project(&b, .value, layer, x)
        if architecture.normalizesQueriesAndKeys {
            b.scope = Scope(.query, layer: layer)
            query = b.rmsNorm(
                query, weight: model[.queryNorm(layer: layer)], epsilon: architecture.normEpsilon,
                name: "\(prefix)layers.\(layer).query-norm")
            b.scope = Scope(.key, layer: layer)
            key = b.rmsNorm(
                key, weight: model[.keyNorm(layer: layer)], epsilon: architecture.normEpsilon,
                name: "\(prefix)layers.\(layer).key-norm")
        }
        b.scope = Scope(.query, layer: layer)
        b.rotate(query, cosine: rotary.cosine, sine: rotary.sine)
        b.scope = Scope(.key, layer: layer)
        b.rotate(key, cosine: rotary.cosine, sine: rotary.sine)
        return (query, key, value)
    }

    /// A linear layer with its bias and adapter.
    func project(
        _ b: inout ProgramBuilder, _ linear: LinearLayer, _ layer: Int, _ x: TensorID
    ) -> TensorID {
        b.scope = Scope(Scope.Module(linear), layer: layer)
        let name = "\(prefix)layers.\(layer).\(linear.rawValue)"
        let output = b.linear(
            x, weight: model[.weight(linear, layer: layer)],
            bias: model.parameters[.bias(linear, layer: layer)], name: name)
        guard let adapter, adapter.targets.contains(linear),
            let a = model.adapters[AdapterParameterID(linear, layer: layer, matrix: .a)],
            let b2 = model.adapters[AdapterParameterID(linear, layer: layer, matrix: .b)]
        else { return output }
        let low = b.linear(x, weight: a, name: "\(name).low-rank")
        return b.linear(
            low, weight: b2, scaledBy: adapter.scale, addingTo: output, name: "\(name).adapted")
    }
}

extension Scope.Module {
    /// The module of a linear layer.
    init(_ linear: LinearLayer) {
        switch linear {
        case .query: self = .query
        case .key: self = .key
        case .value: self = .value
        case .attentionOutput: self = .attentionOutput
        case .gate: self = .gate
        case .up: self = .up
        case .down: self = .down
        case .queryKeyValue: self = .queryKeyValue
        case .gateUp: self = .gateUp
        case .queryDown: self = .queryDown
        case .queryUp: self = .queryUp
        case .keyValueDown: self = .keyValueDown
        case .keyValueUp: self = .keyValueUp
        case .deltaInput: self = .deltaInput
        case .deltaScalars: self = .deltaScalars
        }
    }
}
