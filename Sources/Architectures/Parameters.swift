/// The name of one parameter of an `Architecture`.
package enum ParameterID: Sendable, Hashable {
    /// [vocabularySize, hiddenWidth]
    case tokenEmbedding
    /// [contextLength, hiddenWidth], where positions are learned; two rows more in OPT.
    case positionEmbedding
    /// [hiddenWidth]: a norm of a layer, or the last one where `layer` is nil.
    case norm(NormSite, layer: Int?)
    /// [hiddenWidth]: the shift of a norm.
    case normBias(NormSite, layer: Int?)
    /// [outputs, inputs]
    case weight(LinearLayer, layer: Int)
    /// [outputs]
    case bias(LinearLayer, layer: Int)
    /// [headWidth], or [queryWidth] when all heads are normalised together.
    case queryNorm(layer: Int)
    /// [headWidth], or [keyValueWidth] when all heads are normalised together.
    case keyNorm(layer: Int)
    /// [headCount]: learned logits that nothing belongs to.
    case attentionSinks(layer: Int)
    /// [queryRank]
    case latentQueryNorm(layer: Int)
    /// [keyValueRank]
    case latentKeyValueNorm(layer: Int)
    /// [2 · keyWidth + valueWidth, convolutionWidth] of a DeltaNet layer.
    case deltaConvolution(layer: Int)
    /// [2 · valueHeadCount]: decay and bias of the step of each head of a DeltaNet layer.
    case deltaDecay(layer: Int)
    /// [headWidth] of a DeltaNet layer.
    case deltaNorm(layer: Int)
    /// [experts, hiddenWidth]
    case router(layer: Int)
    /// [experts]
    case routerBias(layer: Int)
    /// [experts, outputs, inputs]: one linear layer of all experts.
    case experts(LinearLayer, layer: Int)
    /// [experts, outputs]
    case expertBiases(LinearLayer, layer: Int)
    /// [outputs, inputs] of the experts that every token passes.
    case sharedExperts(LinearLayer, layer: Int)
    /// [1, hiddenWidth]
    case sharedExpertGate(layer: Int)
    /// [vocabularySize, hiddenWidth]; absent when embeddings are tied.
    case outputHead
    /// [vocabularySize]
    case headBias

    /// Where a layer, or the model, normalises the residual stream.
    package enum NormSite: String, Sendable, Hashable, CaseIterable {
        case attention, feedForward, afterAttention, afterFeedForward, final
        /// After the embedding (BLOOM).
        case embedding
    }

    package static func attentionNorm(layer: Int) -> ParameterID {
        .norm(.attention, layer: layer)
    }
    package static func feedForwardNorm(layer: Int) -> ParameterID {
        .norm(.feedForward, layer: layer)
    }
    package static let finalNorm = ParameterID.norm(.final, layer: nil)
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
    /// The shape of a parameter, outermost dimension first.
    package func shape(of parameter: ParameterID) -> [Int] {
        func matrix(_ shape: (outputs: Int, inputs: Int)) -> [Int] {
            [shape.outputs, shape.inputs]
        }
        let expertCount = experts?.count ?? 0
        switch parameter {
        case .tokenEmbedding, .outputHead: return [vocabularySize, hiddenWidth]
        // OPT keeps two rows before the first position.
        case .positionEmbedding: return [contextLength + (family == .opt ? 2 : 0), hiddenWidth]
        case .headBias: return [vocabularySize]
        case .norm, .normBias: return [hiddenWidth]
        case .queryNorm: return [queryKeyNorm == .wholeWidth ? queryWidth : headWidth]
        case .keyNorm: return [queryKeyNorm == .wholeWidth ? keyValueWidth : headWidth]
        case .attentionSinks: return [headCount]
        case .latentQueryNorm: return [latentAttention?.queryRank ?? 0]
        case .latentKeyValueNorm: return [latentAttention?.keyValueRank ?? 0]
        case .deltaConvolution:
            guard let deltaNet else { return [0, 0] }
            return [2 * deltaNet.keyWidth + deltaNet.valueWidth, deltaNet.convolutionWidth]
        case .deltaDecay: return [2 * (deltaNet?.valueHeadCount ?? 0)]
        case .deltaNorm: return [deltaNet?.headWidth ?? 0]
        case .weight(let linear, let layer): return matrix(shape(of: linear, layer: layer))
        case .bias(let linear, let layer): return [shape(of: linear, layer: layer).outputs]
        case .router: return [expertCount, hiddenWidth]
        case .routerBias: return [expertCount]
        case .experts(let linear, _): return [expertCount] + matrix(expertShape(of: linear))
        case .expertBiases(let linear, _): return [expertCount, expertShape(of: linear).outputs]
        case .sharedExperts(let linear, _): return matrix(sharedExpertShape(of: linear))
        case .sharedExpertGate: return [1, hiddenWidth]
        }
    }

    /// The number of elements of a parameter.
    package func count(of parameter: ParameterID) -> Int { shape(of: parameter).reduce(1, *) }

    /// Every parameter of the model, in the order of the forward pass.
    package var parameters: [ParameterID] {
        headParameters + (0 ..< layerCount).flatMap { parameters(ofLayer: $0) } + tailParameters
    }

    /// The parameters before the first layer.
    package var headParameters: [ParameterID] {
        var result = [ParameterID.tokenEmbedding]
        if positions == .learned { result.append(.positionEmbedding) }
        if normalizesEmbedding { result += norm(.embedding, layer: nil) }
        return result
    }

    /// The parameters after the last layer.
    package var tailParameters: [ParameterID] {
        var result = norm(.final, layer: nil)
        if !tiesEmbeddings { result.append(.outputHead) }
        if hasHeadBias { result.append(.headBias) }
        return result
    }

    /// The parameters of one layer, in the order of the forward pass.
    package func parameters(ofLayer layer: Int) -> [ParameterID] {
        var result: [ParameterID] = []
        if normPlacement != .after { result += norm(.attention, layer: layer) }
        for linear in attentionLinears(layer) {
            if linear == .attentionOutput { result += attentionExtras(layer) }
            result += weights(linear, layer: layer)
        }
        switch normPlacement {
        case .before, .parallel: result += norm(.feedForward, layer: layer)
        case .around:
            result += norm(.afterAttention, layer: layer) + norm(.feedForward, layer: layer)
        case .after: result += norm(.afterAttention, layer: layer)
        case .parallelShared: break
        }
        if isMixture(layer) { result += mixture(layer) }
        for linear in feedForwardLinears(layer) { result += weights(linear, layer: layer) }
        if normPlacement == .around || normPlacement == .after {
            result += norm(.afterFeedForward, layer: layer)
        }
        return result
    }

    private func norm(_ site: ParameterID.NormSite, layer: Int?) -> [ParameterID] {
        switch norm {
        case .rms, .layerWithoutBias: [.norm(site, layer: layer)]
        case .layer: [.norm(site, layer: layer), .normBias(site, layer: layer)]
        case .plain: []
        }
    }

    private func weights(_ linear: LinearLayer, layer: Int) -> [ParameterID] {
        let weight = ParameterID.weight(linear, layer: layer)
        return biases.contains(linear) ? [weight, .bias(linear, layer: layer)] : [weight]
    }

    /// What stands between the projections into attention and the one out of it.
    private func attentionExtras(_ layer: Int) -> [ParameterID] {
        if mixer(layer) == .deltaNet {
            return [
                .deltaConvolution(layer: layer), .deltaDecay(layer: layer),
                .deltaNorm(layer: layer),
            ]
        }
        var result: [ParameterID] = []
        if queryKeyNorm == .eachHead || queryKeyNorm == .wholeWidth {
            result += [.queryNorm(layer: layer), .keyNorm(layer: layer)]
        }
        if let latentAttention {
            if latentAttention.queryRank != nil { result.append(.latentQueryNorm(layer: layer)) }
            result.append(.latentKeyValueNorm(layer: layer))
        }
        if hasAttentionSinks { result.append(.attentionSinks(layer: layer)) }
        return result
    }

    private func mixture(_ layer: Int) -> [ParameterID] {
        guard let experts else { return [] }
        var result = [ParameterID.router(layer: layer)]
        if experts.hasRouterBias { result.append(.routerBias(layer: layer)) }
        for linear in expertLinears {
            result.append(.experts(linear, layer: layer))
            if experts.hasExpertBiases { result.append(.expertBiases(linear, layer: layer)) }
        }
        if experts.sharedWidth > 0 {
            result += expertLinears.map { .sharedExperts($0, layer: layer) }
            if experts.gatesSharedExperts { result.append(.sharedExpertGate(layer: layer)) }
        }
        return result
    }

    /// The number of parameters, to the last one.
    package var parameterCount: Int { count { parameters(ofLayer: $0) } }

    /// The number of parameters that take part in one token: all but the experts not chosen for it.
    package var activeParameterCount: Int {
        guard let experts else { return parameterCount }
        let idle = experts.count - experts.countPerToken
        let expert = [ParameterID](mixture(experts.leadingDenseLayerCount + experts.period - 1))
            .reduce(0) { sum, parameter in
                switch parameter {
                case .experts, .expertBiases: sum + count(of: parameter) / experts.count
                default: sum
                }
            }
        return parameterCount - (0 ..< layerCount).count(where: isMixture) * idle * expert
    }

    /// Counts layer by layer, equal layers once.
    private func count(_ layer: (Int) -> [ParameterID]) -> Int {
        var known: [LayerKind: Int] = [:]
        let ends = (headParameters + tailParameters).reduce(0) { $0 + count(of: $1) }
        return (0 ..< layerCount).reduce(ends) { sum, index in
            let kind = LayerKind(isMixture: isMixture(index), mixer: mixer(index))
            if let count = known[kind] { return sum + count }
            let result = layer(index).reduce(0) { $0 + count(of: $1) }
            known[kind] = result
            return sum + result
        }
    }
}

/// In what layers of one model can differ.
private struct LayerKind: Hashable {
    let isMixture: Bool
    let mixer: Architecture.Mixer
}
