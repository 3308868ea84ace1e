import Quantities

/// The sizes of a model that loading and saving depend on.
package struct ModelFootprint: Sendable, Hashable {
    /// Its files on disk.
    package var stored: Bytes
    /// The largest of the files.
    package var largestFile: Bytes
    /// The largest tensor in the files.
    package var largestTensor: Bytes
    /// All weights in the format they are loaded in, before any quantisation.
    package var loaded: Bytes
    /// Whether that format is not the one of the files, so that loading makes copies.
    package var isConverted: Bool
    /// Weights that training changes: all of them, or the adapters.
    package var trainedCount: Int
    /// Trained weights as they are saved.
    package var trained: Bytes
    /// The optimizer's state of all ranks together.
    package var optimizerState: Bytes
    /// The largest tensor of the optimizer's state.
    package var largestState: Bytes

    package init(
        stored: Bytes, largestFile: Bytes, largestTensor: Bytes, loaded: Bytes, isConverted: Bool,
        trainedCount: Int, trained: Bytes, optimizerState: Bytes, largestState: Bytes
    ) {
        self.stored = stored
        self.largestFile = largestFile
        self.largestTensor = largestTensor
        self.loaded = loaded
        self.isConverted = isConverted
        self.trainedCount = trainedCount
        self.trained = trained
        self.optimizerState = optimizerState
        self.largestState = largestState
    }
}

/// How the ranks of a run are spread over machines.
package struct RankPlacement: Sendable, Hashable {
    /// Ranks, and so devices, of one machine.
    package var perNode: Int
    /// Machines.
    package var nodeCount: Int

    package init(perNode: Int = 1, nodeCount: Int = 1) {
        self.perNode = perNode
        self.nodeCount = nodeCount
    }

    /// All ranks.
    package var count: Int { perNode * nodeCount }

    /// What one machine holds of something that is divided evenly among all ranks.
    func share(of bytes: Bytes) -> Bytes {
        Bytes((bytes.count + count - 1) / count * perNode)
    }
}

/// The way weights go from files to devices.
package enum LoadingPath: String, Sendable, Hashable, CaseIterable {
    /// Tensor by tensor to the device it belongs to (`device_map`; bitsandbytes always).
    case deviceMap
    /// Every rank builds the model in host memory and then moves it.
    case everyRankOnHost
    /// The first rank of a machine builds the model in host memory, the others are told
    /// (`fsdp_cpu_ram_efficient_loading`).
    case firstRankOnHost
    /// File by file, each weight divided among the ranks at once (DeepSpeed ZeRO-3).
    case partitioned
    /// Every rank reads whole files into memory beside the model (pickled files without a memory map).
    case wholeStateDictionary
}
