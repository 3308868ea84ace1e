import Quantities

/// A measured speed, duration or cost of a run.
package struct ThroughputMeasurement: Sendable, Hashable {
    /// What was run.
    package var run: MeasuredRun
    /// The number format of the matrix products, such as "bf16" or "fp8".
    package var computeFormat: String?
    /// Memory of one device in 10⁹ bytes, as stated.
    package var deviceMemoryGigabytes: Double?
    /// Ways the tensors of a layer are split.
    package var tensorParallel: Int?
    /// Stages the layers are split into.
    package var pipelineParallel: Int?
    /// Ways a sequence is split.
    package var contextParallel: Int?
    /// Ways the experts are split.
    package var expertParallel: Int?
    /// Sequences of a step over all devices.
    package var globalBatch: Int?
    /// Tokens a second of one device, padding included where the source includes it.
    package var tokensPerSecond: Double?
    /// Sequences a second, over all devices.
    package var samplesPerSecond: Double?
    /// The time of a step.
    package var stepTime: Seconds?
    /// The rate of arithmetic of one device, as the source counts it.
    package var achieved: FLOPsPerSecond?
    /// The share of the peak rate, as the source counts it.
    package var utilization: Double?
    /// The peak memory of a device, of a kind that the notes may tell.
    package var peak: Bytes?
    /// Examples of the data set.
    package var exampleCount: Int?
    /// Tokens of the data set.
    package var tokenCount: Int?
    /// Passes over the data set.
    package var epochs: Double?
    /// Optimizer steps.
    package var stepCount: Int?
    /// The time from beginning to end.
    package var duration: Seconds?
    /// The cost from beginning to end.
    package var cost: USD?

    static let columns =
        MeasuredRun.columns + [
            "global_batch", "tokens_per_s_per_gpu", "step_time_s", "mfu", "total_hours",
        ]

    /// Reads a row.
    package init(_ row: inout CSVRowReader) {
        run = MeasuredRun(&row)
        computeFormat = row.text("compute_dtype")
        deviceMemoryGigabytes = row.number("gpu_mem_gb", in: 0.1 ... 1e6)
        tensorParallel = row.integer("tp", in: 1 ... 1_000_000)
        pipelineParallel = row.integer("pp", in: 1 ... 1_000_000)
        contextParallel = row.integer("cp", in: 1 ... 1_000_000)
        expertParallel = row.integer("ep", in: 1 ... 1_000_000)
        globalBatch = row.integer("global_batch", in: 1 ... 1_000_000_000)
        tokensPerSecond = row.number("tokens_per_s_per_gpu", in: 1e-6 ... 1e12)
        samplesPerSecond = row.number("samples_per_s", in: 1e-9 ... 1e12)
        stepTime = row.number("step_time_s", in: 1e-9 ... 1e9).map { Seconds($0) }
        achieved = row.number("tflops_per_gpu", in: 1e-6 ... 1e6).map(FLOPsPerSecond.teraFLOPs)
        utilization = row.number("mfu", in: 0 ... 1.5)
        peak = row.number("peak_gib_per_gpu", in: 0.001 ... 1e5).map(Bytes.gibibytes)
        exampleCount = row.integer("dataset_examples", in: 1 ... Int(1e15))
        tokenCount = row.integer("dataset_tokens", in: 1 ... Int(1e18))
        epochs = row.number("epochs", in: 0 ... 1e6)
        stepCount = row.integer("steps", in: 1 ... Int(1e12))
        duration = row.number("total_hours", in: 1e-9 ... 1e9).map { .hours($0) }
        cost = row.number("total_usd", in: 0 ... 1e12).map { USD($0) }
    }
}
