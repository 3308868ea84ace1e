import Architectures

extension Architecture {
    /// Refuses sizes that contradict each other or that no real model has.
    ///
    /// The limits keep every later product of sizes far from overflow; `keys` names the sizes as the
    /// file does.
    func checked(path: String, keys: ArchitectureKeys) throws(ModelFileError) -> Architecture {
        func malformed(_ key: String, _ problem: String) -> ModelFileError {
            .malformed(path: path, place: key, problem: problem)
        }
        let sizes = [
            (keys.vocabularySize, vocabularySize, 1 << 24),
            (keys.hiddenWidth, hiddenWidth, 1 << 20),
            (keys.layerCount, layerCount, 4096), (keys.headCount, headCount, 1 << 14),
            (keys.keyValueHeadCount, keyValueHeadCount, 1 << 14),
            (keys.headWidth, headWidth, 1 << 14),
            (keys.feedForwardWidth, feedForwardWidth, 1 << 22),
            (keys.contextLength, contextLength, 1 << 30),
        ]
        for (key, size, limit) in sizes where size < 1 || size > limit {
            throw malformed(key, "\(size) is out of range; 1 to \(limit) are possible")
        }
        guard headCount.isMultiple(of: keyValueHeadCount) else {
            throw malformed(
                keys.keyValueHeadCount,
                "\(keyValueHeadCount) does not divide the \(headCount) query heads")
        }
        guard headWidth.isMultiple(of: 2) else {
            throw malformed(
                keys.headWidth, "\(headWidth) is odd; rotary embedding rotates pairs")
        }
        guard normEpsilon > 0, normEpsilon < 1 else {
            throw malformed(keys.normEpsilon, "\(normEpsilon) is not between 0 and 1")
        }
        guard rotary.theta > 1, rotary.theta.isFinite else {
            throw malformed(keys.theta, "\(rotary.theta) is not above 1")
        }
        try checkScaling(path: path, key: keys.scaling)
        return self
    }

    /// Refuses what the local engine does not run.
    func runnable(path: String) throws(ModelFileError) -> Architecture {
        if let reason = reasonNotRunnable {
            throw .unsupported(path: path, place: "", problem: reason)
        }
        return self
    }

    private func checkScaling(path: String, key: String) throws(ModelFileError) {
        switch rotary.scaling {
        case .none: return
        case .linear(let factor):
            guard factor >= 1, factor.isFinite else {
                throw .malformed(
                    path: path, place: key, problem: "the factor \(factor) is below 1")
            }
        case .llama3(let factor, let low, let high, let original):
            guard factor >= 1, factor.isFinite, low > 0, high > low, high.isFinite, original > 0
            else {
                throw .malformed(
                    path: path, place: key,
                    problem: "the factor must be at least 1, the high frequency factor above the "
                        + "low one, and the original context length positive")
            }
        }
    }
}

/// What a file format calls the sizes of a model, for messages.
struct ArchitectureKeys {
    /// The rows of the embedding.
    let vocabularySize: String
    /// The width of the residual stream.
    let hiddenWidth: String
    /// The number of layers.
    let layerCount: String
    /// The number of query heads.
    let headCount: String
    /// The number of key and value heads.
    let keyValueHeadCount: String
    /// The width of a head.
    let headWidth: String
    /// The width of the feed-forward block.
    let feedForwardWidth: String
    /// The longest sequence.
    let contextLength: String
    /// The constant of the normalisation.
    let normEpsilon: String
    /// The base of the rotary frequencies.
    let theta: String
    /// The stretch of the rotary frequencies.
    let scaling: String
}
