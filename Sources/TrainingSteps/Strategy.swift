import Architectures

/// A rung of the ladder, with its own parameters; combinations that make no sense cannot be written.
package enum Strategy: Sendable, Hashable {
    /// The model as it is, with this many worked examples in the prompt.
    case promptOnly(shots: Int)
    /// Supervised fine-tuning of every weight.
    case full
    /// Next-token training of every weight on raw text.
    case continuedPretraining
    /// Supervised fine-tuning of low-rank adapters on frozen weights (Hu et al. 2021).
    case lora(LowRank)
    /// The same on weights stored in 4 bits (Dettmers et al. 2023).
    case qlora(LowRank, doubleQuantized: Bool)
    /// Direct preference optimisation (Rafailov et al. 2023).
    case dpo(Policy, beta: Double)

    /// What preference training trains, and where its reference comes from.
    package enum Policy: Sendable, Hashable {
        /// An adapter; the same model without it is the reference.
        case lora(LowRank)
        /// An adapter on 4-bit weights; the same model without it is the reference.
        case qlora(LowRank, doubleQuantized: Bool)
        /// Every weight, with a frozen copy or log-probabilities computed before training.
        case full(Reference)
    }

    /// Where the log-probabilities of the reference come from.
    package enum Reference: String, Sendable, Hashable, CaseIterable {
        /// A second copy of the weights that never changes.
        case frozenCopy = "frozen-copy"
        /// Computed before training, with the weights it begins with.
        case precomputed
    }

    /// The adapter that the strategy trains, if any.
    package var adapter: LowRank? {
        switch self {
        case .lora(let adapter), .qlora(let adapter, _), .dpo(.lora(let adapter), _),
            .dpo(.qlora(let adapter, _), _):
            adapter
        case .promptOnly, .full, .continuedPretraining, .dpo(.full, _): nil
        }
    }

    /// The 4-bit storage of the frozen linear weights: whether their scales are quantised too, or nil
    /// when weights are stored plainly.
    package var doubleQuantization: Bool? {
        switch self {
        case .qlora(_, let double), .dpo(.qlora(_, let double), _): double
        case .promptOnly, .full, .continuedPretraining, .lora, .dpo(.lora, _), .dpo(.full, _): nil
        }
    }

    /// Whether the model's own weights are trained.
    package var trainsBase: Bool {
        switch self {
        case .full, .continuedPretraining, .dpo(.full, _): true
        case .promptOnly, .lora, .qlora, .dpo(.lora, _), .dpo(.qlora, _): false
        }
    }

    /// The name used on the command line and in reports.
    package var name: String {
        switch self {
        case .promptOnly: "prompt-only"
        case .full: "full"
        case .continuedPretraining: "continued-pretraining"
        case .lora: "lora"
        case .qlora: "qlora"
        case .dpo: "dpo"
        }
    }
}

/// A low-rank adapter: each target's output gains (alpha / rank) · (x · Aᵀ) · Bᵀ.
package struct LowRank: Sendable, Hashable {
    /// Rows of A.
    package var rank: Int
    /// Numerator of the scale.
    package var alpha: Double
    /// The linear layers that are adapted.
    package var targets: Set<LinearLayer>

    package init(
        rank: Int = 16, alpha: Double = 32, targets: Set<LinearLayer> = Set(LinearLayer.llama)
    ) {
        self.rank = rank
        self.alpha = alpha
        self.targets = targets
    }

    /// The factor of the adapter's output, alpha / rank.
    package var scale: Double { alpha / Double(rank) }
}
