import Architectures
import Foundation
import Quantities

/// What a low-rank adapter is: PEFT's `adapter_config.json` (`peft/tuners/lora/config.py`, 0.17 and
/// later) reduced to what changes a number here.
package struct AdapterConfiguration: Sendable, Hashable {
    /// The inner width of each pair of matrices.
    package var rank: Int
    /// The numerator of the scale.
    package var alpha: Double
    /// The share of inputs dropped in training.
    package var dropout: Double
    /// The linear layers that are adapted, in the order of `LinearLayer.llama`.
    package private(set) var targets: [LinearLayer]
    /// Whether the scale is alpha / √rank instead of alpha / rank (rsLoRA).
    package var usesRankStabilizedScale: Bool
    /// The model the adapter was made for, as its maker named it.
    package var baseModel: String?

    /// Describes an adapter; `targets` are put in order.
    package init(
        rank: Int, alpha: Double, dropout: Double = 0, targets: some Sequence<LinearLayer>,
        usesRankStabilizedScale: Bool = false, baseModel: String? = nil
    ) {
        self.rank = rank
        self.alpha = alpha
        self.dropout = dropout
        let wanted = Set(targets)
        self.targets = LinearLayer.llama.filter { wanted.contains($0) }
        self.usesRankStabilizedScale = usesRankStabilizedScale
        self.baseModel = baseModel
    }

    /// The factor of the product of the two matrices.
    package var scale: Double {
        usesRankStabilizedScale ? alpha / Double(rank).squareRoot() : alpha / Double(rank)
    }
}

extension Architecture {
    /// Every matrix of an adapter of this model: layer by layer, A before B.
    package func adapterParameters(of adapter: AdapterConfiguration) -> [AdapterParameterID] {
        (0 ..< layerCount).flatMap { layer in
            adapter.targets.flatMap { linear in
                AdapterParameterID.Matrix.allCases.map {
                    AdapterParameterID(linear, layer: layer, matrix: $0)
                }
            }
        }
    }

    /// The shape of a matrix of an adapter, outermost dimension first.
    package func shape(of parameter: AdapterParameterID, rank: Int) -> [Int] {
        let weight = shape(of: parameter.linear)
        return switch parameter.matrix {
        case .a: [rank, weight.inputs]
        case .b: [weight.outputs, rank]
        }
    }
}

extension AdapterConfiguration {
    /// Reads an `adapter_config.json`, refusing what would not be honoured here.
    package init(_ json: JSONValue, path: String) throws(ModelFileError) {
        let keys = try ConfigurationReader(json, path: path)
        let type = try keys.requiredString("peft_type")
        guard type == "LORA" else {
            throw keys.unsupported("peft_type", "\(quoted(type)) does not run here; LORA does")
        }
        try keys.refuseForeignSettings()
        let rank = try keys.requiredInt("r")
        guard (1 ... 1 << 16).contains(rank) else {
            throw keys.malformed("r", "\(rank) is out of range; 1 to \(1 << 16) are possible")
        }
        let alpha = try keys.requiredDouble("lora_alpha")
        let dropout = try keys.double("lora_dropout") ?? 0
        guard (0 ..< 1).contains(dropout) else {
            throw keys.malformed("lora_dropout", "\(dropout) is not at least 0 and below 1")
        }
        self.init(
            rank: rank, alpha: alpha, dropout: dropout, targets: try keys.targets(),
            usesRankStabilizedScale: try keys.bool("use_rslora") ?? false,
            baseModel: try keys.string("base_model_name_or_path"))
    }

    /// The `adapter_config.json` that PEFT reads.
    package var json: JSONValue {
        .object([
            "peft_type": .string("LORA"),
            "task_type": .string("CAUSAL_LM"),
            "base_model_name_or_path": baseModel.map { .string($0) } ?? .null,
            "r": .integer(rank),
            "lora_alpha": Int(exactly: alpha).map { .integer($0) } ?? .number(alpha),
            "lora_dropout": .number(dropout),
            "target_modules": .array(targets.map { .string($0.usualModuleName) }),
            "use_rslora": .bool(usesRankStabilizedScale),
            "use_dora": .bool(false),
            "bias": .string("none"),
            "fan_in_fan_out": .bool(false),
            "init_lora_weights": .bool(true),
            "inference_mode": .bool(true),
            "modules_to_save": .null,
        ])
    }
}

extension ConfigurationReader {
    fileprivate func targets() throws(ModelFileError) -> [LinearLayer] {
        if let pattern = self["target_modules"]?.string {
            guard pattern == "all-linear" else {
                throw unsupported(
                    "target_modules",
                    "the pattern \(quoted(pattern)) is not read; a list of names or \"all-linear\" is"
                )
            }
            return LinearLayer.llama
        }
        let names = try strings("target_modules") ?? []
        let known = Dictionary(
            LinearLayer.llama.map { ($0.usualModuleName, $0) }, uniquingKeysWith: { a, _ in a })
        var targets: [LinearLayer] = []
        for name in names {
            guard let linear = known[name] else {
                let near = nearest(to: name, among: known.keys.sorted())
                throw unsupported(
                    "target_modules",
                    "the module \(quoted(name)) cannot be adapted here; "
                        + LinearLayer.llama.map(\.usualModuleName).joined(separator: ", ")
                        + " can" + (near.map { "; did you mean \(quoted($0))?" } ?? ""))
            }
            targets.append(linear)
        }
        guard !targets.isEmpty else { throw malformed("target_modules", "names no module") }
        return targets
    }

    /// Refuses every setting that is not known to be neutral.
    fileprivate func refuseForeignSettings() throws(ModelFileError) {
        let bias = try string("bias") ?? "none"
        guard bias == "none" else {
            throw unsupported("bias", "\(quoted(bias)) asks for trained biases; only \"none\" runs")
        }
        let start = self["init_lora_weights"] ?? .bool(true)
        guard Self.neutralStarts.contains(start) else {
            throw unsupported(
                "init_lora_weights",
                "\(start.text(.compact)) may have changed the base model's weights; true, false, "
                    + "\"gaussian\", \"eva\" and \"orthogonal\" leave them as they are")
        }
        for member in object.members
        where !Self.honouredAdapterKeys.contains(member.key) && !member.value.isEmpty {
            throw unsupported(
                member.key, Self.reasons[member.key] ?? "the setting does not run here")
        }
    }

    private static let neutralStarts: [JSONValue] = [
        .bool(true), .bool(false), .string("gaussian"), .string("eva"), .string("orthogonal"),
    ]

    private static let honouredAdapterKeys: Set<String> = [
        "peft_type", "task_type", "base_model_name_or_path", "revision", "r", "lora_alpha",
        "lora_dropout", "target_modules", "use_rslora", "bias", "init_lora_weights",
        "inference_mode", "auto_mapping", "peft_version", "megatron_core", "qalora_group_size",
        "eva_config", "runtime_config",
    ]

    private static let reasons = [
        "use_dora": "weight-decomposed adapters (DoRA) do not run here",
        "modules_to_save": "fully trained modules beside the adapter do not run here",
        "layers_to_transform": "adapters on some of the layers only do not run here",
        "rank_pattern": "ranks that differ between modules do not run here",
        "alpha_pattern": "scales that differ between modules do not run here",
        "fan_in_fan_out": "transposed weights do not run here",
        "lora_bias": "biases of the adapter do not run here",
        "trainable_token_indices": "trained token embeddings do not run here",
    ]
}

extension JSONValue {
    /// Whether a setting is switched off: null, false, or nothing in it.
    fileprivate var isEmpty: Bool {
        switch self {
        case .null, .bool(false): true
        case .array(let values): values.isEmpty
        case .object(let members): members.count == 0
        default: false
        }
    }
}
