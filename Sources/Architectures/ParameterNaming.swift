extension ParameterID {
    /// The name of the parameter inside programs and messages.
    package var name: String {
        switch self {
        case .tokenEmbedding: "token-embedding"
        case .positionEmbedding: "position-embedding"
        case .norm(let site, nil): "\(site.rawValue)-norm.weight"
        case .norm(let site, let layer?): "layers.\(layer).\(site.rawValue)-norm.weight"
        case .normBias(let site, nil): "\(site.rawValue)-norm.bias"
        case .normBias(let site, let layer?): "layers.\(layer).\(site.rawValue)-norm.bias"
        case .weight(let linear, let layer): "layers.\(layer).\(linear.rawValue).weight"
        case .bias(let linear, let layer): "layers.\(layer).\(linear.rawValue).bias"
        case .queryNorm(let layer): "layers.\(layer).query-norm.weight"
        case .keyNorm(let layer): "layers.\(layer).key-norm.weight"
        case .attentionSinks(let layer): "layers.\(layer).attention-sinks"
        case .latentQueryNorm(let layer): "layers.\(layer).latent-query-norm.weight"
        case .latentKeyValueNorm(let layer): "layers.\(layer).latent-key-value-norm.weight"
        case .deltaConvolution(let layer): "layers.\(layer).delta-convolution.weight"
        case .deltaDecay(let layer): "layers.\(layer).delta-decay"
        case .deltaNorm(let layer): "layers.\(layer).delta-norm.weight"
        case .router(let layer): "layers.\(layer).router.weight"
        case .routerBias(let layer): "layers.\(layer).router.bias"
        case .experts(let linear, let layer): "layers.\(layer).experts.\(linear.rawValue).weight"
        case .expertBiases(let linear, let layer): "layers.\(layer).experts.\(linear.rawValue).bias"
        case .sharedExperts(let linear, let layer):
            "layers.\(layer).shared-experts.\(linear.rawValue).weight"
        case .sharedExpertGate(let layer): "layers.\(layer).shared-expert-gate.weight"
        case .outputHead: "output-head"
        case .headBias: "output-head.bias"
        }
    }
}
