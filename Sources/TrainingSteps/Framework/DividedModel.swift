import Architectures

extension Architecture {
    /// The model as one device of a tensor-parallel and an expert-parallel group has it: a share of the
    /// heads, of the width inside feed-forward blocks, of the vocabulary and of the experts
    /// (Shoeybi and others 2019, section 3).
    func divided(by parallelism: Parallelism, vocabulary dividesVocabulary: Bool) -> Architecture {
        var share = self
        let count = parallelism.tensorCount
        share.headCount = max(headCount / count, 1)
        share.keyValueHeadCount = max(keyValueHeadCount / count, 1)
        share.feedForwardWidth = max(feedForwardWidth / count, 1)
        if dividesVocabulary { share.vocabularySize = (vocabularySize + count - 1) / count }
        if var experts {
            experts.width = max(experts.width / count, 1)
            experts.sharedWidth /= count
            let devices = min(parallelism.expertCount, experts.count)
            // Every device still works on as many rows: those that others send for its experts.
            experts.count = max(experts.count / devices, min(experts.countPerToken, experts.count))
            share.experts = experts
        }
        return share
    }
}

extension FrameworkConfiguration {
    /// The stages of the pipeline that can need most, with the layers of each.
    package func stages(of architecture: Architecture) -> [(PipelineStage, Architecture)] {
        let count = parallelism.pipelineCount
        guard count > 1 else { return [(.whole, architecture)] }
        var share = architecture
        share.layerCount = (architecture.layerCount + count - 1) / count
        return [(.first, share), (.last, share)]
    }
}

/// The part of a pipeline that a device runs.
package enum PipelineStage: Sendable, Hashable, CaseIterable {
    /// The only one.
    case whole
    /// Embedding and the first layers; most microbatches are under way at once.
    case first
    /// The last layers, head and loss.
    case last

    var embeds: Bool { self != .last }
    var hasHead: Bool { self != .first }
}
