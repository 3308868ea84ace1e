extension Architecture {
    /// Why the local engine does not run the model, nil when it does.
    ///
    /// The engine has one block: norm, rotary attention over everything before, norm, SiLU gates.
    package var reasonNotRunnable: String? {
        let families = Family.runnable.map(\.rawValue).joined(separator: ", ")
        if experts != nil { return "mixtures of experts do not run here" }
        if latentAttention != nil { return "latent attention does not run here" }
        if deltaNet != nil { return "DeltaNet layers do not run here" }
        if norm != .rms { return "norms other than RMSNorm do not run here" }
        if normPlacement != .before {
            return "blocks that normalise elsewhere than before attention and feed-forward do not "
                + "run here"
        }
        if feedForward != .gated(.silu) {
            return "feed-forward blocks other than SiLU gates do not run here"
        }
        if positions != .rotary { return "positions other than rotary ones do not run here" }
        if rotary.share != 1 { return "heads that are rotated in part do not run here" }
        if fusesQueryKeyValue || fusesGateAndUp {
            return "projections that share one matrix do not run here"
        }
        if let window = slidingWindow, window.length < contextLength {
            return "attention over a window of \(window.length) tokens does not run here"
        }
        if queryKeyNorm != .none, queryKeyNorm != .eachHead {
            return "this norm of queries and keys does not run here"
        }
        if hasAttentionSinks || gatesAttentionOutput || attentionScoreCap != nil || logitCap != nil
            || hasHeadBias || normalizesEmbedding
        {
            return "attention sinks, gates and caps and a bias of the head do not run here"
        }
        if !biases.isEmpty, biases != [.query, .key, .value] {
            return "biases other than those of query, key and value do not run here"
        }
        guard Family.runnable.contains(family) else {
            return "the family \(family.rawValue) does not run here; \(families) do"
        }
        return nil
    }
}
