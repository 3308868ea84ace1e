import Quantities

/// A measured peak of memory, or a run that had too little of it.
package struct MemoryMeasurement: Sendable, Hashable {
    /// What was run.
    package var run: MeasuredRun
    /// The largest peak of any device; nil when the run ran out of memory.
    package var peak: Bytes?
    /// What the peak counts.
    package var kind: Kind
    /// What was kept on the host, such as "optimizer (CPU)".
    package var offload: String?
    /// The number format of the optimizer's state.
    package var optimizerFormat: String?
    /// How the cross-entropy was computed: "no", "kernel", "chunked" or "linear".
    package var crossEntropy: String?
    /// Tokens a second of one device.
    package var tokensPerSecond: Double?
    /// The time of a whole step, accumulation included.
    package var stepTime: Seconds?

    /// What a peak counts; never to be mixed.
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        /// Bytes the allocator handed out.
        case allocated
        /// Bytes the allocator took from the device.
        case reserved
        /// Bytes of the process or the device, context included.
        case device = "nvidia-smi"
        case unknown
    }

    /// Whether the run ran out of memory.
    package var ranOutOfMemory: Bool { peak == nil }

    /// A run of which nothing is known but what `run` says.
    init(_ run: MeasuredRun) {
        self.run = run
        kind = .unknown
    }

    /// A row that could not be read but for its name.
    package init(unreadable id: String) {
        self.init(MeasuredRun(id: id))
    }

    static let columns = MeasuredRun.columns + ["peak_gib_per_gpu", "mem_kind"]

    /// Reads a row.
    package init(_ row: inout CSVRowReader) {
        run = MeasuredRun(&row)
        peak = row.number("peak_gib_per_gpu", in: 0.001 ... 1e5).map(Bytes.gibibytes)
        let word = row.text("mem_kind") ?? Kind.unknown.rawValue
        kind = Kind(rawValue: word) ?? .unknown
        if Kind(rawValue: word) == nil {
            let known = Kind.allCases.map(\.rawValue).joined(separator: ", ")
            row.reject("mem_kind", "mem_kind is \"\(word)\", expected one of \(known)")
        }
        offload = row.text("offload")
        optimizerFormat = row.text("optimizer_dtype")
        crossEntropy = row.text("fused_ce")
        tokensPerSecond = row.number("tokens_per_s_per_gpu", in: 1e-6 ... 1e12)
        stepTime = row.number("step_time_s", in: 1e-9 ... 1e9).map { Seconds($0) }
    }
}
