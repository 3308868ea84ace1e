extension MemoryMeasurement {
    /// The memory that a row of `throughput.csv` states, if any, in the words of `memory.csv`.
    package init(_ measurement: ThroughputMeasurement) {
        self.init(measurement.run)
        peak = measurement.peak
        kind = Self.kind(notes: run.notes)
        tokensPerSecond = measurement.tokensPerSecond
        stepTime = measurement.stepTime
        run.sharding = Self.sharding(measurement)
        let words = [run.sharding, run.checkpointingText].compactMap { $0?.lowercased() }
        if words.contains(where: { $0.contains("offload") }) {
            offload = words.filter { $0.contains("offload") }.joined(separator: " ")
        }
        run.quantization = Self.quantization(run)
        crossEntropy = Self.crossEntropy(run)
    }

    /// What the peak counts, as far as the notes tell it.
    private static func kind(notes: String?) -> Kind {
        let notes = (notes ?? "").lowercased()
        if notes.contains("nvidia-smi") || notes.contains("nvml") { return .device }
        if notes.contains("max_memory_reserved") { return .reserved }
        return notes.contains("max_memory_allocated") ? .allocated : .unknown
    }

    /// How the state is divided; the ways a model is divided have columns of their own there.
    private static func sharding(_ measurement: ThroughputMeasurement) -> String? {
        let ways = [
            ("tp", measurement.tensorParallel), ("pp", measurement.pipelineParallel),
            ("cp", measurement.contextParallel), ("ep", measurement.expertParallel),
        ]
        let stated = measurement.run.sharding
        let words = (stated ?? "").lowercased()
        let added = ways.compactMap { name, count -> String? in
            guard let count, count > 1, !words.contains(name) else { return nil }
            return "\(name)\(count)"
        }
        let all = ([stated].compactMap { $0 } + added).joined(separator: "+")
        return all.isEmpty ? nil : all
    }

    /// The storage of frozen weights: "bnb-nf4" and "bnb.nf4-dq" are what `memory.csv` calls nf4 and nf4-dq;
    /// fms-acceleration always quantises twice (SOURCES.md).
    private static func quantization(_ run: MeasuredRun) -> String? {
        guard let words = run.quantization, words.hasPrefix("bnb") else { return run.quantization }
        let format = String(words.dropFirst(4))
        let isFMS = run.framework?.lowercased().contains("fms") ?? false
        return isFMS && format == "nf4" ? "nf4-dq" : format
    }

    /// How the loss was computed, where the notes name the kernels of fms-acceleration: "liger" joins head
    /// and loss, "foak" has a fused kernel (SOURCES.md).
    private static func crossEntropy(_ run: MeasuredRun) -> String? {
        guard let plugins = run.notedText("framework_config") else { return nil }
        if plugins.contains("liger") { return "linear" }
        return plugins.contains("foak") ? "kernel" : "no"
    }
}
