import Quantities

/// The memory of one machine while weights are loaded and while training runs.
package enum HostMemory {
    private static let transformers = "transformers 4.57 modeling_utils.py"
    private static let safetensors =
        "safetensors bindings/python/src/lib.rs (UntypedStorage.from_file, shared=False)"

    /// What a machine needs while the weights are read; freed when they are on the devices.
    package static func loading(
        _ model: ModelFootprint, path: LoadingPath, ranks: RankPlacement
    ) -> [ResourceItem] {
        func pages(_ bytes: Bytes) -> ResourceItem {
            // A private mapping of unchanged pages: all ranks share them.
            ResourceItem(
                "pages of the weight files", bytes, source: safetensors, isReclaimable: true)
        }
        switch path {
        case .deviceMap:
            return [
                pages(model.largestFile),
                ResourceItem(
                    "one weight in transit per rank", model.largestTensor * ranks.perNode,
                    source: "\(transformers) _load_state_dict_into_meta_model"),
            ]
        case .everyRankOnHost, .firstRankOnHost:
            let copies = path == .everyRankOnHost ? ranks.perNode : 1
            let source =
                path == .everyRankOnHost
                ? "\(transformers) _load_state_dict_into_meta_model, param_device = cpu"
                : "\(transformers) _load_state_dict_into_meta_model, is_local_dist_rank_0"
            guard model.isConverted else { return [pages(model.stored)] }
            return [
                pages(model.largestFile),
                ResourceItem(
                    "converted weights, \(copies) time\(copies == 1 ? "" : "s")",
                    model.loaded * copies, source: source),
            ]
        case .partitioned:
            // Rank 0 copies each weight from the mapped file into the gathered one on its device
            // (transformers 4.57 integrations/deepspeed.py, `_load_state_dict_into_zero3_model`).
            return [pages(model.largestFile)]
        case .wholeStateDictionary:
            return [
                ResourceItem(
                    "files read whole by every rank", model.stored * ranks.perNode,
                    source: "torch serialization.py load, mmap=None"),
                ResourceItem(
                    "the model of every rank", model.loaded * ranks.perNode,
                    source: "torch nn/modules/module.py load_state_dict copies into parameters"),
            ]
        }
    }

    /// What PyTorch takes for a page-locked buffer: the next power of two.
    ///
    /// Source: PyTorch 2.x `aten/src/ATen/core/CachingHostAllocator.h`, `allocate`.
    package static func pinned(_ bytes: Bytes) -> Bytes {
        guard bytes.count > 1 else { return bytes }
        return Bytes(1 << (Int.bitWidth - (bytes.count - 1).leadingZeroBitCount))
    }

    /// DeepSpeed's optimizer on the host: master weights, two moments and their gradients in float32,
    /// and the flat gradient partition of each rank.
    ///
    /// - Parameters:
    ///   - model: the model.
    ///   - ranks: all ranks.
    ///   - gradientBytes: bytes of an accumulated gradient.
    ///   - isPinned: whether `offload_optimizer.pin_memory` is set.
    /// - Returns: what one machine holds.
    package static func offloadedOptimizer(
        _ model: ModelFootprint, ranks: RankPlacement, gradientBytes: Int = 2,
        isPinned: Bool = false
    ) -> [ResourceItem] {
        let partition = Bytes(
            (model.trainedCount + ranks.count - 1) / ranks.count * gradientBytes)
        return [
            ResourceItem(
                "master weights, moments and gradients in float32",
                ranks.share(of: Bytes(model.trainedCount * 16)),
                source: "deepspeed 0.17.6 runtime/zero/stage3.py "
                    + "estimate_zero3_model_states_mem_needs: 16 bytes a parameter"),
            ResourceItem(
                "flat gradient partition of each rank",
                (isPinned ? pinned(partition) : partition) * ranks.perNode,
                source: "deepspeed 0.17.6 runtime/zero/stage3.py grad_partitions_flat_buffer"),
        ]
    }

    /// DeepSpeed's 16-bit weights on the host (`offload_param`).
    package static func offloadedParameters(
        count: Int, ranks: RankPlacement
    ) -> [ResourceItem] {
        [
            ResourceItem(
                "16-bit weights", ranks.share(of: Bytes(count * 2)),
                source: "deepspeed 0.17.6 runtime/zero/stage3.py "
                    + "estimate_zero3_model_states_mem_needs: 18 − 16 bytes a parameter")
        ]
    }

    /// FSDP with CPU offload: shards and gradients page-locked, each unit by itself and the gradients
    /// of frozen units too, and the optimizer's state beside them.
    ///
    /// - Parameters:
    ///   - units: elements of each unit's shard on one rank.
    ///   - elementBytes: bytes of an element, 4 when weights are kept in float32.
    ///   - state: the optimizer's state of all ranks.
    ///   - ranks: all ranks.
    /// - Returns: what one machine holds.
    package static func offloadedShards(
        units: [Int], elementBytes: Int, state: Bytes, ranks: RankPlacement
    ) -> [ResourceItem] {
        let locked =
            units.reduce(.zero) { $0 + pinned(Bytes($1 * elementBytes)) } * ranks.perNode
        let source = "torch distributed/fsdp/_flat_param.py init_flat_param_attributes"
        return [
            ResourceItem(
                "page-locked shards, rounded to powers of two", locked,
                source: "\(source): _local_shard"),
            ResourceItem(
                "page-locked gradients, rounded to powers of two", locked,
                source: "\(source): _cpu_grad"),
            ResourceItem(
                "optimizer state of the shards", ranks.share(of: state),
                source: "torch optim: state lives where the parameter lives"),
        ]
    }

    /// Processes that prepare batches.
    ///
    /// - Parameters:
    ///   - workers: processes of each rank (`dataloader_num_workers`, 0 by default).
    ///   - batch: bytes of one batch of one rank.
    ///   - prefetch: batches each process keeps ready (2 by default).
    ///   - process: what a process takes for itself; not counted when it is not known.
    ///   - ranks: all ranks.
    /// - Returns: what one machine holds.
    package static func dataWorkers(
        workers: Int, batch: Bytes, prefetch: Int = 2, process: Bytes? = nil, ranks: RankPlacement
    ) -> [ResourceItem] {
        let source = "torch utils/data/dataloader.py: prefetch_factor batches a worker"
        var items = [
            ResourceItem(
                "page-locked batch", pinned(batch) * ranks.perNode,
                source: "transformers 4.57 training_args.py dataloader_pin_memory = True")
        ]
        guard workers > 0 else { return items }
        items.append(
            ResourceItem(
                "batches kept ready", batch * (workers * prefetch * ranks.perNode), source: source))
        if let process {
            items.append(
                ResourceItem(
                    "data processes", process * (workers * ranks.perNode),
                    basis: .assumed("a data process takes \(process)"), source: source))
        }
        return items
    }
}
