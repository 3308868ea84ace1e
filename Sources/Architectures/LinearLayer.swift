/// The linear layers of a transformer block that an adapter can be attached to.
package enum LinearLayer: String, Sendable, Hashable, Codable, CaseIterable {
    case query, key, value, attentionOutput, gate, up, down
    /// Query, key and value from one matrix.
    case queryKeyValue
    /// Gate and up from one matrix.
    case gateUp
    /// Queries compressed and expanded in latent attention.
    case queryDown, queryUp
    /// Keys and values compressed, with the rotated key beside them, and expanded.
    case keyValueDown, keyValueUp
    /// Query, key, value and gate of a DeltaNet layer from one matrix.
    case deltaInput
    /// Decay and step of each value head of a DeltaNet layer.
    case deltaScalars

    /// The seven of a Llama block, which the local engine runs.
    package static let llama: [LinearLayer] = [
        .query, .key, .value, .attentionOutput, .gate, .up, .down,
    ]
}

extension Architecture {
    /// The linear layers before and after the mixing of tokens in a layer, in the order of the
    /// forward pass.
    package func attentionLinears(_ layer: Int) -> [LinearLayer] {
        if mixer(layer) == .deltaNet { return [.deltaInput, .deltaScalars, .attentionOutput] }
        if let latentAttention {
            let query: [LinearLayer] =
                latentAttention.queryRank == nil ? [.query] : [.queryDown, .queryUp]
            return query + [.keyValueDown, .keyValueUp, .attentionOutput]
        }
        return (fusesQueryKeyValue ? [.queryKeyValue] : [.query, .key, .value]) + [.attentionOutput]
    }

    /// The linear layers of the dense feed-forward block of a layer; none in a mixture.
    package func feedForwardLinears(_ layer: Int) -> [LinearLayer] {
        if isMixture(layer) { return [] }
        guard case .gated = feedForward else { return [.up, .down] }
        return fusesGateAndUp ? [.gateUp, .down] : [.gate, .up, .down]
    }

    /// The linear layers inside each expert of a mixture.
    package var expertLinears: [LinearLayer] {
        guard let experts else { return [] }
        return experts.fusesGateAndUp ? [.gateUp, .down] : [.gate, .up, .down]
    }

    /// The shape [outputs, inputs] of a linear layer's weight in a layer.
    package func shape(
        of linear: LinearLayer, layer: Int = 0
    ) -> (outputs: Int, inputs: Int) {
        let h = hiddenWidth
        let latentWidths = latentAttention.map { latent in
            (
                query: latent.queryRank ?? h, keys: latent.keyValueRank,
                expanded: headCount * (latent.plainWidth + latent.valueWidth)
            )
        }
        switch linear {
        case .query: return (queryWidth * (gatesAttentionOutput ? 2 : 1), h)
        case .key, .value: return (keyValueWidth, h)
        case .queryKeyValue: return (queryWidth + 2 * keyValueWidth, h)
        case .attentionOutput: return (h, attentionWidth(layer))
        case .gate, .up: return (feedForwardWidth, h)
        case .gateUp: return (2 * feedForwardWidth, h)
        case .down: return (h, feedForwardWidth)
        case .queryDown: return (latentWidths?.query ?? 0, h)
        case .queryUp: return (queryWidth, latentWidths?.query ?? 0)
        case .keyValueDown:
            return ((latentWidths?.keys ?? 0) + (latentAttention?.rotaryWidth ?? 0), h)
        case .keyValueUp: return (latentWidths?.expanded ?? 0, latentWidths?.keys ?? 0)
        case .deltaInput:
            return (2 * ((deltaNet?.keyWidth ?? 0) + (deltaNet?.valueWidth ?? 0)), h)
        case .deltaScalars: return (2 * (deltaNet?.valueHeadCount ?? 0), h)
        }
    }

    /// Width of what the mixing of tokens in a layer hands to its output projection.
    package func attentionWidth(_ layer: Int) -> Int {
        if mixer(layer) == .deltaNet, let deltaNet { return deltaNet.valueWidth }
        return headCount * (latentAttention?.valueWidth ?? headWidth)
    }

    /// The shape [outputs, inputs] of a linear layer inside one expert.
    package func expertShape(of linear: LinearLayer) -> (outputs: Int, inputs: Int) {
        let width = experts?.width ?? 0
        return feedForwardShape(of: linear, width: width)
    }

    /// The shape [outputs, inputs] of a linear layer of the shared experts together.
    package func sharedExpertShape(of linear: LinearLayer) -> (outputs: Int, inputs: Int) {
        feedForwardShape(of: linear, width: experts?.sharedWidth ?? 0)
    }

    private func feedForwardShape(
        of linear: LinearLayer, width: Int
    ) -> (outputs: Int, inputs: Int) {
        switch linear {
        case .down: (hiddenWidth, width)
        case .gateUp: (2 * width, hiddenWidth)
        default: (width, hiddenWidth)
        }
    }
}
