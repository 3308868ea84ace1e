import Architectures
import StepPrograms

/// What mixes tokens in a layer: attention in its kinds, or DeltaNet.
extension FrameworkLayer {
    /// The mixing of tokens, from a layer's normalised input to its output projection.
    func mixed(_ b: inout ProgramBuilder, _ x: TensorID) -> TensorID {
        if architecture.mixer(layer) == .deltaNet { return deltaNet(&b, x) }
        if let latent = architecture.latentAttention { return latentAttention(&b, x, latent) }
        let projections = projected(&b, x)
        var (query, key, value) = (projections.0, projections.1, projections.2)
        let gate = projections.gate
        b.scope = Scope(.attention, layer: layer)
        if architecture.queryKeyNorm != .none {
            query = decoder.norm(&b, query, weight: model.parameters[.queryNorm(layer: layer)])
            key = decoder.norm(&b, key, weight: model.parameters[.keyNorm(layer: layer)])
        }
        b.scope = Scope(.attention, layer: layer)
        if architecture.positions == .rotary {
            (query, key) = (rotated(&b, query, "query"), rotated(&b, key, "key"))
        }
        if b.spec(query).format != profile.compute {
            query = b.elementwise(.cast, [query], format: profile.compute, name: "query.cast")
            key = b.elementwise(.cast, [key], format: profile.compute, name: "key.cast")
        }
        if b.spec(value).format != profile.compute {
            value = b.elementwise(.cast, [value], format: profile.compute, name: "value.cast")
        }
        var output = attended(&b, query, key, value, headWidth: architecture.headWidth)
        if let gate {
            let share = b.elementwise(.sigmoid, [gate], name: "gate")
            output = b.elementwise(.product, [output, share], name: "gated")
        }
        return linear(&b, .attentionOutput, output)
    }

    private func projected(
        _ b: inout ProgramBuilder, _ x: TensorID
    ) -> (TensorID, TensorID, TensorID, gate: TensorID?) {
        let rows = b.spec(x).shape.rows
        let keys = Shape(rows, architecture.keyValueWidth)
        let queries = Shape(rows, architecture.queryWidth)
        if architecture.fusesQueryKeyValue {
            let all = linear(&b, .queryKeyValue, x)
            let parts = b.parts(of: all, [queries, keys, keys], names: ["query", "key", "value"])
            return (parts[0], parts[1], parts[2], nil)
        }
        var query = linear(&b, .query, x)
        var gate: TensorID?
        if architecture.gatesAttentionOutput {
            let parts = b.parts(of: query, [queries, queries], names: ["query", "gate"])
            (query, gate) = (parts[0], parts[1])
        }
        let key = linear(&b, .key, x)
        return (query, key, linear(&b, .value, x), gate)
    }

    private func rotated(_ b: inout ProgramBuilder, _ x: TensorID, _ name: String) -> TensorID {
        b.elementwise(
            .rotated, [x, decoder.rotary.cosine, decoder.rotary.sine], name: "\(name).rotated")
    }

    /// Attention by the kernel that the run chose.
    private func attended(
        _ b: inout ProgramBuilder, _ query: TensorID, _ key: TensorID, _ value: TensorID,
        headWidth: Int
    ) -> TensorID {
        var (key, value) = (key, value)
        let shape = b.spec(query).shape
        let repeats =
            b.spec(key).shape != shape
            && profile.repeatsKeysAndValues.contains(decoder.configuration.attention)
        if repeats {
            key = b.elementwise(.moved, [key], shape: shape, name: "key.repeated")
            value = b.elementwise(.moved, [value], shape: shape, name: "value.repeated")
        }
        if decoder.configuration.attention == .eager {
            return materialized(&b, query, key, value, headWidth: headWidth)
        }
        let output = b.tensor("attention", shape, .activation, format: profile.compute)
        let sums = b.tensor(
            "log-sum-exp", Shape(shape.rows, shape.width / headWidth), .activation)
        let scratch = b.tensor("workspace", Shape(1), .workspace)
        b.emit(
            .attention(headWidth: headWidth), reads: [query, key, value, decoder.segmentStarts],
            writes: [Write(output), Write(sums), Write(scratch)])
        return output
    }

    /// Attention whose scores and probabilities are tensors
    /// (transformers `eager_attention_forward`): probabilities in float32, lowered, multiplied.
    private func materialized(
        _ b: inout ProgramBuilder, _ query: TensorID, _ key: TensorID, _ value: TensorID,
        headWidth: Int
    ) -> TensorID {
        let shape = b.spec(query).shape
        let heads = shape.width / headWidth
        let square = Shape(shape.rows * heads, decoder.configuration.batch.length)
        let scores = b.elementwise(.product, [query, key], shape: square, name: "scores")
        let scaled = b.elementwise(.scaled, [scores], name: "scores.scaled")
        let masked = b.elementwise(.sum, [scaled, scaled], name: "scores.masked")
        let probabilities = b.elementwise(
            .softmax, [masked], format: .float32, name: "probabilities")
        let lowered = b.elementwise(
            .cast, [probabilities], format: profile.compute, name: "probabilities.lowered")
        return b.elementwise(.product, [lowered, value], shape: shape, name: "attention")
    }

    // MARK: Latent attention

    private func latentAttention(
        _ b: inout ProgramBuilder, _ x: TensorID, _ latent: Architecture.LatentAttention
    ) -> TensorID {
        let (rows, heads) = (b.spec(x).shape.rows, architecture.headCount)
        let query: TensorID
        if latent.queryRank != nil {
            let low = linear(&b, .queryDown, x)
            let normed = decoder.norm(&b, low, weight: model[.latentQueryNorm(layer: layer)])
            query = linear(&b, .queryUp, normed)
        } else {
            query = linear(&b, .query, x)
        }
        let compressed = linear(&b, .keyValueDown, x)
        let parts = b.parts(
            of: compressed, [Shape(rows, latent.keyValueRank), Shape(rows, latent.rotaryWidth)],
            names: ["latent", "key.shared"])
        let normed = decoder.norm(&b, parts[0], weight: model[.latentKeyValueNorm(layer: layer)])
        let expanded = linear(&b, .keyValueUp, normed)
        let split = b.parts(
            of: expanded,
            [Shape(rows, heads * latent.plainWidth), Shape(rows, heads * latent.valueWidth)],
            names: ["key.plain", "value"])
        b.scope = Scope(.attention, layer: layer)
        let width = Shape(rows, heads * architecture.headWidth)
        let wholeQuery = b.elementwise(.moved, [query], shape: width, name: "query.joined")
        let rotatedKey = b.elementwise(.moved, [parts[1]], name: "key.rotated")
        let wholeKey = b.tensor("key.joined", width, .activation, format: profile.compute)
        b.emit(
            .elementwise(.moved), reads: [split[0], rotatedKey], writes: [Write(wholeKey)])
        // FlashAttention wants values as wide as keys.
        let value = b.elementwise(.moved, [split[1]], shape: width, name: "value.padded")
        let output = attended(
            &b, wholeQuery, wholeKey, value, headWidth: architecture.headWidth)
        let cut = b.elementwise(
            .moved, [output], shape: Shape(rows, architecture.attentionWidth(layer)),
            name: "attention.cut")
        return linear(&b, .attentionOutput, cut)
    }

    // MARK: DeltaNet

    /// Tokens that the chunked form of DeltaNet handles together.
    private static let deltaChunk = 64

    private func deltaNet(_ b: inout ProgramBuilder, _ x: TensorID) -> TensorID {
        guard let net = architecture.deltaNet else { return x }
        let rows = b.spec(x).shape.rows
        let keyed = 2 * net.keyWidth + net.valueWidth
        let all = linear(&b, .deltaInput, x)
        let parts = b.parts(
            of: all, [Shape(rows, keyed), Shape(rows, net.valueWidth)],
            names: ["delta.keyed", "delta.gate"])
        let scalars = linear(&b, .deltaScalars, x)
        b.scope = Scope(.attention, layer: layer)
        let convolved = b.elementwise(
            .product, [parts[0], model[.deltaConvolution(layer: layer)]], name: "delta.convolved")
        return deltaRule(&b, convolved, scalars, gate: parts[1], net)
    }

    private func deltaRule(
        _ b: inout ProgramBuilder, _ convolved: TensorID, _ scalars: TensorID, gate: TensorID,
        _ net: Architecture.DeltaNet
    ) -> TensorID {
        let rows = b.spec(convolved).shape.rows
        let activated = b.elementwise(.silu, [convolved], name: "delta.silu")
        let wide = Shape(rows, net.valueWidth)
        let query = b.elementwise(.moved, [activated], shape: wide, name: "delta.query")
        let key = b.elementwise(.moved, [activated], shape: wide, name: "delta.key")
        let value = b.elementwise(.moved, [activated], shape: wide, name: "delta.value")
        let decay = b.elementwise(.sigmoid, [scalars], format: .float32, name: "delta.decay")
        // One state for each chunk and head is kept for the backward pass.
        let states = b.elementwise(
            .product, [key, value],
            shape: Shape(
                max(rows / Self.deltaChunk, 1) * net.valueHeadCount * net.headWidth,
                net.headWidth), name: "delta.states")
        let mixed = b.elementwise(.product, [query, states], shape: wide, name: "delta.mixed")
        let scaled = b.elementwise(.product, [mixed, decay], shape: wide, name: "delta.output")
        let normed = decoder.norm(&b, scaled, weight: model[.deltaNorm(layer: layer)])
        let share = b.elementwise(.silu, [gate], name: "delta.share")
        let gated = b.elementwise(.product, [normed, share], name: "delta.gated")
        return linear(&b, .attentionOutput, gated)
    }
}
