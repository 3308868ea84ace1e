import Foundation

/// The configuration of a measured run, as far as its source states it; what both schemas share.
///
/// Words whose meaning this program needs are read into enumerations and also kept as they stand,
/// because sources use more words than anybody can list.
package struct MeasuredRun: Sendable, Hashable, Identifiable {
    /// The row's name.
    package var id: String
    /// The source, in words or as an address; empty when nobody stated it.
    package var source: String
    /// The place within the source.
    package var sourceFile: String?
    /// The year of the measurement.
    package var year: Int?
    /// The training framework.
    package var framework: String?
    /// The model; a key of `models.csv` or `models_throughput.csv`.
    package var model: String
    /// The parameters in units of 10⁹, as stated.
    package var parameterBillions: Double?
    /// What was trained, as the row says it.
    package var strategyText: String
    /// What was trained.
    package var strategy: Strategy { Strategy(strategyText) }
    /// The number format of the stored weights.
    package var weightsFormat: String?
    /// The quantisation of the base model, such as "nf4-dq".
    package var quantization: String?
    /// The device, as the row says it.
    package var device: String?
    /// How many devices worked together.
    package var deviceCount: Int?
    /// How many nodes they were spread over.
    package var nodeCount: Int?
    /// How the state was divided, such as "fsdp-full" or "zero3".
    package var sharding: String?
    /// Sequences a device works on at once.
    package var microbatch: Int?
    /// Microbatches a step accumulates.
    package var accumulation: Int?
    /// The configured maximum length in tokens; unpacked data may never reach it.
    package var sequenceLength: Int?
    /// How sequences filled that length, as the row says it.
    package var packingText: String?
    /// How sequences filled that length, when the words are clear.
    package var packing: Packing? { packingText.flatMap { Packing($0) } }
    /// What was recomputed in the backward pass, as the row says it.
    package var checkpointingText: String?
    /// What was recomputed in the backward pass, when the words are clear.
    package var checkpointing: Checkpointing? { checkpointingText.flatMap { Checkpointing($0) } }
    /// The attention kernel.
    package var attention: String?
    /// The optimizer.
    package var optimizer: String?
    /// The rank of the adapters.
    package var adapterRank: Int?
    /// The layers that have adapters, as the row names them.
    package var adapterTargets: [String]
    /// Whether and how the model was compiled.
    package var compilation: String?
    /// What was ambiguous; begins with a quality tag in `memory.csv`.
    package var notes: String?

    /// Tokens that a device passes through the model at once, had every sequence the full length.
    package var tokensPerMicrobatch: Int? {
        guard let microbatch, let sequenceLength else { return nil }
        return microbatch * sequenceLength
    }
}

extension MeasuredRun {
    /// What was trained.
    package enum Strategy: String, Sendable, Hashable, CaseIterable {
        case full, lora, qlora, pretrain
        case preferenceFull = "dpo-full"
        case preferenceLoRA = "dpo-lora"
        case preferenceQLoRA = "dpo-qlora"
        /// Anything else: adapters, reinforcement learning, unspecified tuning.
        case other

        init(_ text: String) { self = Strategy(rawValue: text.lowercased()) ?? .other }
    }

    /// How sequences filled the configured length.
    package enum Packing: Sendable, Hashable {
        /// Every position holds a token of the data.
        case full
        /// Every sequence is padded to the configured length: every position is computed.
        case padded
        /// Sequences are padded to the longest of their batch.
        case ragged
        /// Sequences of different lengths are concatenated without padding.
        case concatenated

        init?(_ text: String) {
            switch text.lowercased() {
            case "yes", "pretrain stream", "dummy full-length", "multipack": self = .full
            case "padded", "no (pad to max_length)": self = .padded
            case "padding-free": self = .concatenated
            case let other where other == "no" || other.hasPrefix("no "): self = .ragged
            default: return nil
            }
        }
    }

    /// What was recomputed in the backward pass.
    package enum Checkpointing: Sendable, Hashable {
        case none, full, selective

        init?(_ text: String) {
            let words = text.lowercased()
            if words == "yes" || words.hasPrefix("full") {
                self = .full
            } else if words == "none" || words == "no" || words.hasPrefix("no ") {
                self = .none
            } else if words.hasPrefix("select") || words.hasPrefix("partial") {
                self = .selective
            } else {
                return nil
            }
        }
    }

    /// How well a row of `memory.csv` is specified.
    package enum Quality: String, Sendable, Hashable, Comparable, CaseIterable {
        case a = "A"
        case b = "B"
        case c = "C"
        case d = "D"

        package static func < (first: Quality, second: Quality) -> Bool {
            first.rawValue < second.rawValue
        }
    }

    /// The quality tag at the start of the notes; A is best, nil where there is none.
    package var quality: Quality? {
        guard let notes, notes.hasPrefix("q=") else { return nil }
        return Quality(rawValue: String(notes.dropFirst(2).prefix(1)))
    }

    /// The number after `key=` in the notes, such as `smi_gib=14.762`.
    package func noted(_ key: String) -> Double? { notedText(key).flatMap(Double.init) }

    /// Whether the run used more than one device; a row that does not say used one.
    package var usesSeveralDevices: Bool { (deviceCount ?? 1) > 1 }

    /// Whether devices gather weights from shards of each other.
    package var isSharded: Bool {
        let words = (sharding ?? "").lowercased()
        return usesSeveralDevices && (words.contains("fsdp") || words.contains("zero3"))
    }

    /// The mean number of tokens of a sample, padding included, where the notes tell it.
    package var meanTokens: Double? {
        for part in (notes ?? "").split(separator: ";") where part.contains("mean tokens/sample") {
            let number = part.drop { $0 != "=" }.dropFirst().prefix {
                $0.isNumber || $0 == "." || $0 == " "
            }
            return Double(number.filter { $0 != " " })
        }
        return nil
    }

    /// The words after `key=` in the notes, without spaces.
    package func notedText(_ key: String) -> String? {
        for part in (notes ?? "").split(separator: ";") {
            let pair = part.split(separator: "=", maxSplits: 1)
            if pair.count == 2, pair[0].filter({ $0 != " " }) == key {
                return pair[1].filter { $0 != " " }
            }
        }
        return nil
    }

    /// Whether the row is kept from every fit, so that errors on it are honest.
    package var isHeldOut: Bool { HeldOut.contains(id) }
}

/// The rows that no fit may see: about a third, chosen by the hash of their id alone.
package enum HeldOut {
    /// Whether a row is held out: FNV-1a of the id's UTF-8 bytes leaves no remainder modulo three.
    package static func contains(_ id: String) -> Bool { hash(id) % 3 == 0 }

    /// FNV-1a with 64 bits (draft-eastlake-fnv): the same on every machine, for ever.
    package static func hash(_ text: String) -> UInt64 {
        text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}

extension MeasuredRun {
    /// A run of which nothing but its name is known.
    package init(id: String) {
        self.id = id
        source = ""
        model = ""
        strategyText = ""
        adapterTargets = []
    }

    static let columns = [
        "id", "source", "model", "strategy", "gpu", "n_gpus", "sharding", "micro_batch", "seq_len",
        "notes",
    ]

    init(_ row: inout CSVRowReader) {
        id = row.requiredText("id")
        source = row.text("source") ?? ""
        sourceFile = row.text("source_file")
        year = row.integer("year", in: 2015 ... 2100)
        framework = row.text("framework")
        model = row.requiredText("model")
        parameterBillions = row.number("params_b", in: 1e-6 ... 1e6)
        strategyText = row.requiredText("strategy")
        weightsFormat = row.text("weights_dtype")
        quantization = row.text("quant")
        device = row.text("gpu")
        deviceCount = row.integer("n_gpus", in: 1 ... 10_000_000)
        nodeCount = row.integer("n_nodes", in: 1 ... 10_000_000)
        sharding = row.text("sharding")
        microbatch = row.integer("micro_batch", in: 1 ... 10_000_000)
        accumulation = row.integer("grad_accum", in: 1 ... 10_000_000)
        sequenceLength = row.integer("seq_len", in: 1 ... 1_000_000_000)
        packingText = row.text("packed")
        checkpointingText = row.text("grad_checkpointing")
        attention = row.text("attention")
        optimizer = row.text("optimizer")
        adapterRank = row.integer("lora_rank", in: 1 ... 1_000_000)
        adapterTargets = (row.text("lora_targets") ?? "").split(separator: ",")
            .map { $0.trimmingCharacters(in: .whitespaces) }
        compilation = row.text("compile")
        notes = row.text("notes")
    }
}
