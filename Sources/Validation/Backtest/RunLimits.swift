import Catalog
import TrainingSteps

/// The sizes beyond which no device holds a run; they keep every product of sizes below 2⁶³.
enum RunLimits {
    /// Tokens of a microbatch: 2²⁴, a hundred times the largest measured run.
    static let tokens = 1 << 24
    /// Bytes of all attention scores of a step.
    static let scores = 0x1p60

    /// Why the cells of a row describe no run that can exist; nil when they may.
    static func refusal(_ run: MeasuredRun) -> MeasuredConfiguration.Refusal? {
        for part in (run.sharding ?? "").lowercased().split(whereSeparator: { "+ ,".contains($0) })
        {
            let letters = part.prefix { $0.isLetter }
            let rest = part.dropFirst(letters.count)
            guard ["tp", "pp", "cp", "ep", "fsdp", "dp"].contains(letters), let count = Int(rest)
            else { continue }
            if !(1 ... 1_000_000).contains(count) {
                return .init("sharding is \"\(part)\", expected \(letters)N with N from 1 up")
            }
        }
        guard let length = run.sequenceLength, let microbatch = run.microbatch else { return nil }
        let (tokens, overflows) = length.multipliedReportingOverflow(by: microbatch)
        guard overflows || tokens > Self.tokens else { return nil }
        return .init(
            "micro_batch × seq_len is \(microbatch) × \(length) tokens, expected at most \(Self.tokens)"
        )
    }

    /// Why a configuration cannot exist; nil when it may.
    static func refusal(
        _ reading: MeasuredConfiguration
    ) -> MeasuredConfiguration.Refusal? {
        let model = reading.architecture
        let batch = reading.configuration.batch
        let length = Double(batch.length)
        let scores =
            Double(batch.sequences) * length * length * Double(model.headCount)
            * Double(model.layerCount) * 16
        guard reading.configuration.attention == .eager, scores > Self.scores else { return nil }
        return .init("attention scores of \(batch.length) × \(batch.length) tokens fit no device")
    }
}
