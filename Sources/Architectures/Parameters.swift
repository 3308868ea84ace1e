/// The linear layers of a transformer block that an adapter can be attached to.
package enum LinearLayer: String, Sendable, Hashable, Codable, CaseIterable {
    case query, key, value, attentionOutput, gate, up, down
}

/// The name of one parameter of an `Architecture`.
package enum ParameterID: Sendable, Hashable {
    /// [vocabularySize, hiddenWidth]
    case tokenEmbedding
    /// [hiddenWidth]
    case attentionNorm(layer: Int)
    /// [outputs, inputs]
    case weight(LinearLayer, layer: Int)
    /// [outputs]
    case bias(LinearLayer, layer: Int)
    /// [headWidth]
    case queryNorm(layer: Int)
    /// [headWidth]
    case keyNorm(layer: Int)
    /// [hiddenWidth]
    case feedForwardNorm(layer: Int)
    /// [hiddenWidth]
    case finalNorm
    /// [vocabularySize, hiddenWidth]; absent when embeddings are tied.
    case outputHead
}

/// The name of one matrix of a low-rank adapter: the layer's output gains scale · (x · Aᵀ) · Bᵀ.
package struct AdapterParameterID: Sendable, Hashable {
    /// Which of the two matrices: `a` is [rank, inputs], `b` is [outputs, rank].
    package enum Matrix: String, Sendable, Hashable, CaseIterable { case a, b }

    /// The linear layer that is adapted.
    package var linear: LinearLayer
    /// The transformer layer it belongs to.
    package var layer: Int
    /// The matrix.
    package var matrix: Matrix

    package init(_ linear: LinearLayer, layer: Int, matrix: Matrix) {
        self.linear = linear
        self.layer = layer
        self.matrix = matrix
    }
}

extension Architecture {
    /// The shape [outputs, inputs] of a linear layer's weight.
    package func shape(of linear: LinearLayer) -> (outputs: Int, inputs: Int) {
        switch linear {
        case .query: (queryWidth, hiddenWidth)
        case .key, .value: (keyValueWidth, hiddenWidth)
        case .attentionOutput: (hiddenWidth, queryWidth)
        case .gate, .up: (feedForwardWidth, hiddenWidth)
        case .down: (hiddenWidth, feedForwardWidth)
        }
    }

    /// The shape of a parameter, outermost dimension first.
    package func shape(of parameter: ParameterID) -> [Int] {
        switch parameter {
        case .tokenEmbedding, .outputHead: [vocabularySize, hiddenWidth]
        case .attentionNorm, .feedForwardNorm, .finalNorm: [hiddenWidth]
        case .queryNorm, .keyNorm: [headWidth]
        case .weight(let linear, _): [shape(of: linear).outputs, shape(of: linear).inputs]
        case .bias(let linear, _): [shape(of: linear).outputs]
        }
    }

    /// Every parameter of the model, in the order of the forward pass.
    package var parameters: [ParameterID] {
        var result: [ParameterID] = [.tokenEmbedding]
        for layer in 0 ..< layerCount {
            result.append(.attentionNorm(layer: layer))
            for linear in [LinearLayer.query, .key, .value] {
                result.append(.weight(linear, layer: layer))
                if hasQueryKeyValueBias { result.append(.bias(linear, layer: layer)) }
            }
            if normalizesQueriesAndKeys {
                result += [.queryNorm(layer: layer), .keyNorm(layer: layer)]
            }
            result += [
                .weight(.attentionOutput, layer: layer), .feedForwardNorm(layer: layer),
                .weight(.gate, layer: layer), .weight(.up, layer: layer),
                .weight(.down, layer: layer),
            ]
        }
        result.append(.finalNorm)
        if !tiesEmbeddings { result.append(.outputHead) }
        return result
    }

    /// The number of parameters, to the last one.
    package var parameterCount: Int {
        parameters.reduce(0) { $0 + shape(of: $1).reduce(1, *) }
    }
}
