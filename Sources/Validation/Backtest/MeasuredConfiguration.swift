import Architectures
import Catalog
import Quantities
import StepPrograms
import TrainingSteps

/// A measured run as a framework's step can be built from it.
package struct MeasuredConfiguration: Sendable, Hashable {
    /// The model.
    package var architecture: Architecture
    /// What the run chose.
    package var configuration: FrameworkConfiguration
    /// The framework's habits, with what the row says of them.
    package var profile: FrameworkProfile
    /// Cells that the row leaves empty and that were filled in, in words.
    package var assumed: [String]

    /// Why a run cannot be predicted.
    package struct Refusal: Error, Sendable, Hashable, CustomStringConvertible {
        /// The reason.
        package let description: String

        package init(_ description: String) { self.description = description }
    }

    /// Reads a row.
    ///
    /// - Throws: `Refusal` when the row lacks what no assumption can replace.
    package init(
        _ row: MemoryMeasurement, measurements: Measurements, catalog: Catalog
    ) throws(Refusal) {
        var reading = RunReading(row)
        architecture = try reading.architecture(measurements, catalog)
        profile = reading.profile()
        profile.joinQueryKeyValue(of: &architecture)
        configuration = try reading.configuration(architecture, profile: &profile)
        assumed = reading.assumed
    }
}

/// Reads the cells of one row, noting what is assumed.
struct RunReading {
    let row: MemoryMeasurement
    var run: MeasuredRun { row.run }
    var name: FrameworkName { FrameworkName(run.framework ?? "") }
    var assumed: [String] = []

    init(_ row: MemoryMeasurement) { self.row = row }

    private mutating func assume(_ what: String) { assumed.append(what) }

    mutating func architecture(
        _ measurements: Measurements, _ catalog: Catalog
    ) throws(MeasuredConfiguration.Refusal) -> Architecture {
        let names = measurements.modelNames
        let key = ModelName.key(run.model)
        guard
            let name = measurements.model(named: run.model) != nil
                ? run.model : names.first(where: { ModelName.key($0) == key })
        else {
            if let entry = catalog.models.first(where: { ModelName.key($0.identifier) == key }) {
                return entry.architecture
            }
            let known = names + catalog.models.map(\.shortName)
            let hint = nearest(to: run.model, among: known).map { "; did you mean \($0)?" } ?? ""
            throw .init("no architecture is known for the model \(run.model)\(hint)")
        }
        do throws(CatalogError) {
            var named = run
            named.model = name
            let (architecture, assumptions) = try measurements.architecture(of: named)
            assumed += assumptions
            return architecture
        } catch {
            throw .init(error.description)
        }
    }

    // MARK: Framework

    mutating func profile() -> FrameworkProfile {
        let name = FrameworkName(run.framework ?? "")
        if name == .other {
            assume("framework \"\(run.framework ?? "")\" allocates as transformers does")
        }
        return name.profile(row)
    }

    // MARK: Choices

    mutating func configuration(
        _ architecture: Architecture, profile: inout FrameworkProfile
    ) throws(MeasuredConfiguration.Refusal) -> FrameworkConfiguration {
        var result = FrameworkConfiguration(
            try strategy(architecture), batch: try batch(), checkpointing: checkpointing())
        result.attention = attention()
        result.crossEntropy = crossEntropy()
        result.optimizer = try optimizer(profile)
        result.updatesInBackward = run.optimizer?.lowercased().contains("in_bwd") ?? false
        result.parallelism = try parallelism()
        try readFormats(&result, &profile)
        result.offload = offload()
        result.trainsEmbeddings = trainsEmbeddings
        result.dropsAdapterInput = FrameworkName(run.framework ?? "").dropsAdapterInput
        if let context = Optional(result.parallelism.contextCount), context > 1 {
            result.batch.length = (result.batch.length + context - 1) / context
        }
        return result
    }

    private mutating func batch() throws(MeasuredConfiguration.Refusal) -> BatchShape {
        guard let length = run.sequenceLength else { throw .init("seq_len is empty") }
        guard let microbatch = run.microbatch else { throw .init("micro_batch is empty") }
        // More microbatches than two change nothing.
        var accumulation = min(run.accumulation ?? 1, 2)
        if run.accumulation == nil {
            accumulation = run.packing == .concatenated || name.accumulatesByDefault ? 2 : 1
            assume("grad_accum is \(accumulation == 1 ? "1" : "more than 1")")
        }
        if let data = DataLengths.known(in: run.notes), let tokens = data.tokens(microbatch, run) {
            assume("the fullest microbatch has \(tokens) tokens")
            return BatchShape(sequences: 1, length: tokens, accumulation: accumulation)
        }
        return BatchShape(
            sequences: microbatch, length: length, accumulation: accumulation)
    }

    private mutating func checkpointing() -> FrameworkConfiguration.Checkpointing {
        switch run.checkpointing {
        case .some(.none): return .none
        case .full: return .full
        case .selective: return .selective
        case nil:
            let runsAgain = name.checkpointsByDefault
            assume("grad_checkpointing is \(runsAgain ? "on" : "off")")
            return runsAgain ? .full : .none
        }
    }

    private mutating func strategy(
        _ architecture: Architecture
    ) throws(MeasuredConfiguration.Refusal) -> Strategy {
        switch run.strategy {
        case .full: return .full
        case .pretrain: return .continuedPretraining
        case .lora: return .lora(try adapter(architecture))
        case .qlora: return .qlora(try adapter(architecture), doubleQuantized: isDouble)
        case .preferenceFull: return .dpo(.full(.frozenCopy), beta: 0.1)
        case .preferenceLoRA: return .dpo(.lora(try adapter(architecture)), beta: 0.1)
        case .preferenceQLoRA:
            return .dpo(.qlora(try adapter(architecture), doubleQuantized: isDouble), beta: 0.1)
        case .other: throw .init("the strategy \"\(run.strategyText)\" is not modelled")
        }
    }

    private var isDouble: Bool { run.quantization?.hasSuffix("dq") ?? false }

    private mutating func adapter(
        _ architecture: Architecture
    ) throws(MeasuredConfiguration.Refusal) -> LowRank {
        if run.adapterRank == nil { assume("lora_rank is 16") }
        var targets: Set<LinearLayer> = []
        for name in targetNames where !Self.endNames.contains(name) {
            do throws(AdapterTargetError) {
                targets.formUnion(try architecture.linearLayers(named: name))
            } catch {
                assume("lora_targets: \"\(name)\" adapts nothing")
            }
        }
        if targets.isEmpty {
            assume("lora_targets are all linear layers")
            targets = (try? architecture.linearLayers(named: "all-linear")) ?? []
        }
        return LowRank(rank: run.adapterRank ?? 16, targets: targets)
    }

    /// The modules that adapters or training beside them name.
    private var targetNames: [String] {
        run.adapterTargets.flatMap { $0.split(whereSeparator: { "+ ".contains($0) }) }
            .map(String.init).filter { !$0.isEmpty && $0 != "full" }
    }

    /// Names of embedding and head, which are trained as they are.
    private static let endNames: Set<String> = ["wte", "lm_head", "embed_tokens"]

    /// Whether embedding and head are trained whole beside the adapters.
    private var trainsEmbeddings: Bool {
        run.adapterTargets.contains { $0.contains("full") } || targetNames.contains("wte")
    }

    private mutating func attention() -> FrameworkConfiguration.AttentionKernel {
        guard let words = run.attention?.lowercased() else {
            assume("attention is tiled")
            return .flash
        }
        if words.contains("flash") || words.contains("transformerengine") { return .flash }
        if words.contains("eager") || words == "math" { return .eager }
        return .scaledDotProduct
    }

    private mutating func crossEntropy() -> FrameworkConfiguration.CrossEntropy {
        switch row.crossEntropy?.lowercased() {
        case "kernel": return .fusedKernel
        case "chunked": return .chunked(pieces: 8)
        case "linear": return .fusedLinear
        case "no": return .whole
        default:
            assume("fused_ce is no")
            return .whole
        }
    }

    private mutating func optimizer(
        _ profile: FrameworkProfile
    ) throws(MeasuredConfiguration.Refusal) -> Optimizer {
        guard let words = run.optimizer?.lowercased() else {
            assume("optimizer is AdamW")
            return .adamW(foreach: !profile.fusesOptimizer)
        }
        let isPaged = words.contains("paged")
        if words.contains("adafactor") { return .adafactor }
        if words.contains("galore") { return .galore(rank: 128) }
        if words.contains("muon") { return .muon }
        if words.contains("lion") { return words.contains("8") ? .lion8bit : .lion }
        if words.contains("sgd") { return .sgd(momentum: words.contains("momentum")) }
        if words.contains("adam") {
            if words.contains("8bit") || words.contains("8-bit") {
                return .adamW8bit(paged: isPaged)
            }
            if isPaged { return .pagedAdamW }
            let isFused =
                profile.fusesOptimizer
                || ["fused", "megatron", "hybrid", "apex"].contains { words.contains($0) }
            return .adamW(foreach: !isFused)
        }
        throw .init("the optimizer \"\(run.optimizer ?? "")\" is not modelled")
    }

    private mutating func parallelism() throws(MeasuredConfiguration.Refusal) -> Parallelism {
        var result = Parallelism()
        let devices = run.deviceCount
        let words = (run.sharding ?? "").lowercased()
        if run.sharding == nil, (devices ?? 1) > 1 { assume("state is not sharded") }
        result.tensorCount = count("tp", in: words) ?? 1
        result.pipelineCount = count("pp", in: words) ?? 1
        result.contextCount = count("cp", in: words) ?? 1
        result.expertCount = count("ep", in: words) ?? 1
        let model = result.tensorCount * result.pipelineCount * result.contextCount
        let data = count("fsdp", in: words) ?? count("dp", in: words)
        if let data {
            result.dataCount = data
        } else if let devices {
            result.dataCount = max(devices / model, 1)
        } else if words != "none" {
            throw .init("n_gpus is empty, and the share of each device depends on it")
        }
        if words.contains("device_map") {
            throw .init("layers spread by device_map are not modelled")
        }
        if words.contains("shard-grad") || words.contains("zero2") {
            result.sharding = .gradients
        } else if words.contains("fsdp") || words.contains("zero3") {
            result.sharding = .full
            // Weights are sharded over the devices that share sequences too.
            result.dataCount *= result.contextCount
        } else if words.contains("zero1") || words.contains("megatron") {
            result.sharding = .optimizer
        }
        result.dividesSequence = name.dividesSequence && result.tensorCount > 1
        return result
    }

    /// The number after letters, such as 4 in "tp4+fsdp8".
    private func count(_ letters: String, in words: String) -> Int? {
        for part in words.split(whereSeparator: { "+ ,".contains($0) }) {
            if part.hasPrefix(letters), let number = Int(part.dropFirst(letters.count)) {
                return number
            }
        }
        return nil
    }

    private func offload() -> Set<FrameworkConfiguration.Offload> {
        let words = (row.offload ?? "").lowercased()
        var result: Set<FrameworkConfiguration.Offload> = []
        if words.contains("optimizer") { result.insert(.optimizer) }
        if words.contains("param") { result.insert(.parameters) }
        if words.contains("activation") { result.insert(.activations) }
        return result
    }

    // MARK: Formats

    private mutating func readFormats(
        _ configuration: inout FrameworkConfiguration, _ profile: inout FrameworkProfile
    ) throws(MeasuredConfiguration.Refusal) {
        if let words = run.quantization?.lowercased(), words != "none", words != "fp8" {
            guard let format = Self.quantized(words) else {
                throw .init("weights quantised as \"\(words)\" are not modelled")
            }
            configuration.frozenFormat = format
        }
        switch run.weightsFormat?.lowercased() {
        case "fp16":
            (profile.weights, profile.trainedWeights, profile.compute) =
                (.float16, .float16, .float16)
        case "fp32": (profile.weights, profile.trainedWeights) = (.float32, .float32)
        case "fp8": profile.weights = .float8
        case "bf16": break
        default: assume("weights_dtype is bf16")
        }
    }

    private static func quantized(_ words: String) -> StorageFormat? {
        if words.hasPrefix("nf4") || words.hasPrefix("fp4") {
            return .nf4(doubleQuantized: words.hasSuffix("dq"))
        }
        if words.hasPrefix("gptq-int4") { return .int4(group: 128, ordered: true) }
        if words.hasPrefix("awq-int4") { return .int4(group: 128, ordered: false) }
        if words.contains("int8") { return .int8 }
        return nil
    }
}
