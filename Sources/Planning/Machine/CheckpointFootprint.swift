import Quantities

/// Host memory and disk that checkpoints take.
package struct CheckpointFootprint: Sendable, Hashable {
    /// What is written.
    package enum Kind: Sendable, Hashable {
        /// Weights by `save_pretrained`, the optimizer's state by `torch.save`, from one rank.
        case whole
        /// FSDP with `FULL_STATE_DICT`: gathered on rank 0 in host memory.
        case gathered
        /// FSDP with `SHARDED_STATE_DICT`: every rank writes its part.
        case sharded
        /// DeepSpeed ZeRO: every rank writes its part of the optimizer; stage 3 gathers 16-bit weights when
        /// `stage3_gather_16bit_weights_on_model_save` is set.
        case zero(stage: Int, gathers16Bit: Bool)
        /// Adapters and their optimizer's state.
        case adapters
    }

    /// What is written.
    package var kind: Kind
    /// The model.
    package var model: ModelFootprint
    /// The ranks.
    package var ranks: RankPlacement
    /// Whether only weights are written (`save_only_model`).
    package var isModelOnly = false

    package init(_ kind: Kind, model: ModelFootprint, ranks: RankPlacement) {
        self.kind = kind
        self.model = model
        self.ranks = ranks
    }

    /// Largest file of `save_pretrained` (`max_shard_size`, "5GB").
    package static let largestShard = Bytes.gigabytes(5)
    /// State of the generators of one rank: Mersenne Twister of PyTorch (5056 bytes), of numpy and of Python
    /// (624 and 625 words of 4 bytes), and 16 bytes of each device.
    package static func generatorState(devices: Int) -> Bytes {
        Bytes(5056 + 624 * 4 + 625 * 4 + 16 * devices)
    }

    private static let trainer = "transformers 4.57 trainer.py"
    private static let serialization =
        "torch serialization.py _save: one storage at a time is copied to the host"

    /// Bytes of weights that one rank writes at once as bytes, before they go to a file.
    private func shard(of weights: Bytes) -> ResourceItem {
        ResourceItem(
            "one file of weights as bytes", min(weights, Self.largestShard),
            source: "safetensors 0.6 torch.py _flatten; transformers 4.57 max_shard_size")
    }

    private var inTransit: ResourceItem {
        ResourceItem(
            "one weight in transit", min(model.largestTensor, model.trained),
            source: "safetensors 0.6 torch.py _tobytes: tensor.to(\"cpu\")")
    }

    /// Host memory of the machine of rank 0, at the larger of the two moments: weights, then state.
    package var hostMemory: [ResourceItem] {
        switch kind {
        case .whole, .adapters:
            return larger([shard(of: model.trained), inTransit], [largestState])
        case .gathered:
            let weights = ResourceItem(
                "all weights gathered on rank 0", gatheredWeights,
                source: "accelerate 1.11 accelerator.py get_state_dict: "
                    + "FullStateDictConfig(offload_to_cpu, rank0_only)")
            let state = ResourceItem(
                "the whole optimizer state gathered on rank 0", model.optimizerState,
                source: "accelerate 1.11 fsdp_utils.py save_fsdp_optimizer")
            return larger([weights, shard(of: gatheredWeights)], [state])
        case .sharded:
            return larger(
                [
                    ResourceItem(
                        "weight shards of this machine", ranks.share(of: gatheredWeights),
                        source: "accelerate 1.11 dataclasses.py "
                            + "ShardedStateDictConfig(offload_to_cpu=True)")
                ],
                [
                    ResourceItem(
                        "optimizer shards of this machine",
                        ranks.share(of: model.optimizerState),
                        source: "accelerate 1.11 dataclasses.py "
                            + "ShardedOptimStateDictConfig(offload_to_cpu=True)")
                ])
        case .zero(stage: 3, gathers16Bit: true):
            let weights = ResourceItem(
                "16-bit weights gathered on rank 0", model.loaded,
                source: "deepspeed 0.17.6 runtime/engine.py _zero3_consolidated_16bit_state_dict")
            return larger([weights, shard(of: model.loaded)], [partState])
        case .zero(stage: 3, gathers16Bit: false): return [partState]
        case .zero:
            let copies = ResourceItem(
                "16-bit weights copied by every rank", model.loaded * ranks.perNode,
                source: "accelerate 1.11 accelerator.py get_state_dict: "
                    + "clone_tensors_for_torch_save")
            return larger([copies, shard(of: model.loaded)], [partState])
        }
    }

    /// What one checkpoint takes on disk.
    package var disk: [ResourceItem] {
        var items = weightFiles
        guard !isModelOnly else { return items }
        items.append(
            ResourceItem(
                "optimizer state", model.optimizerState,
                source: "\(Self.trainer) _save_optimizer_and_scheduler"))
        items.append(
            ResourceItem(
                "states of random generators",
                Self.generatorState(devices: ranks.count) * ranks.count,
                source: "\(Self.trainer) _save_rng_state"))
        return items
    }

    private var weightFiles: [ResourceItem] {
        switch kind {
        case .whole, .adapters:
            return [
                ResourceItem("weights", model.trained, source: "\(Self.trainer) save_model")
            ]
        case .gathered:
            let once = ResourceItem(
                "weights", gatheredWeights,
                source: "\(Self.trainer) save_model, FULL_STATE_DICT")
            let again = ResourceItem(
                "weights once more, to resume from", gatheredWeights,
                source: "accelerate 1.11 fsdp_utils.py save_fsdp_model: pytorch_model_fsdp.bin")
            return isModelOnly ? [once] : [once, again]
        case .sharded:
            return [
                ResourceItem(
                    "weight shards", gatheredWeights,
                    source: "accelerate 1.11 fsdp_utils.py save_fsdp_model")
            ]
        case .zero(stage: 3, let gathers):
            guard gathers else { return [] }
            return [
                ResourceItem(
                    "16-bit weights", model.loaded, source: "\(Self.trainer) save_model")
            ]
        case .zero:
            let once = ResourceItem(
                "16-bit weights", model.loaded, source: "\(Self.trainer) save_model")
            let again = ResourceItem(
                "16-bit weights once more, to resume from", model.loaded,
                source: "deepspeed 0.17.6 runtime/engine.py _save_checkpoint: model_states.pt")
            return isModelOnly ? [once] : [once, again]
        }
    }

    /// The most checkpoints that exist at once: old ones are deleted after a new one is written, and the
    /// best one is kept beside the last even with a limit of one.
    ///
    /// - Parameters:
    ///   - limit: `save_total_limit`; nil or less than one keeps all.
    ///   - saves: how often the run saves.
    ///   - keepsBest: whether the best checkpoint is kept (`load_best_model_at_end`).
    /// - Returns: how many.
    package static func checkpointCount(limit: Int?, saves: Int, keepsBest: Bool = false) -> Int {
        guard let limit, limit > 0 else { return saves }
        let kept = keepsBest && limit == 1 ? 2 : limit
        return min(saves, kept + 1)
    }

    /// Disk for the model's files and the most checkpoints that exist at once.
    package func disk(limit: Int?, saves: Int, keepsBest: Bool = false) -> [ResourceItem] {
        let count = Self.checkpointCount(limit: limit, saves: saves, keepsBest: keepsBest)
        let each = disk
        return [
            ResourceItem(
                "the model's files", model.stored,
                source: "huggingface_hub file_download.py: one copy in the cache"),
            ResourceItem(
                "\(count) checkpoint\(count == 1 ? "" : "s") of \(each.total)",
                each.total * count,
                source: "\(Self.trainer) _rotate_checkpoints, after saving"),
        ]
    }

    /// Weights that FSDP gathers: the frozen ones too.
    private var gatheredWeights: Bytes { max(model.loaded, model.trained) }

    private var largestState: ResourceItem {
        ResourceItem(
            "the largest tensor of the optimizer", model.largestState, source: Self.serialization)
    }

    private var partState: ResourceItem {
        ResourceItem(
            "the largest part of the optimizer in transit, per rank",
            min(model.largestState * ranks.perNode, ranks.share(of: model.optimizerState)),
            source: Self.serialization)
    }

    private func larger(_ weights: [ResourceItem], _ state: [ResourceItem]) -> [ResourceItem] {
        isModelOnly || weights.total >= state.total ? weights : state
    }
}
