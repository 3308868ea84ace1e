import Architectures
import Foundation
import Quantities

// Metadata keys: ggml's `docs/gguf.md` and `gguf-py/gguf/constants.py`.

extension Architecture {
    /// The architecture that a GGUF file describes, or the reason why it does not run here.
    package init(_ file: GGUFFile) throws(ModelFileError) {
        let keys = try GGUFKeys(file)
        try keys.refuseWhatIsNotHonoured()
        guard let embedding = file.tensor(.tokenEmbedding), embedding.shape.count == 2 else {
            throw .malformed(
                path: file.file.path, place: ParameterID.tokenEmbedding.ggufName,
                problem: "the matrix of token embeddings is missing")
        }
        let headCount = try keys.requiredInt("attention.head_count")
        let hiddenWidth = try keys.requiredInt("embedding_length")
        let headWidth =
            try keys.int("attention.key_length") ?? hiddenWidth / max(headCount, 1)
        try keys.requireWholeHeads(headWidth)
        let vocabularySize = try keys.int("vocab_size") ?? embedding.shape[0]
        let architecture = Architecture(
            family: keys.family,
            vocabularySize: vocabularySize,
            hiddenWidth: hiddenWidth,
            layerCount: try keys.requiredInt("block_count"),
            headCount: headCount,
            keyValueHeadCount: try keys.int("attention.head_count_kv") ?? headCount,
            headWidth: headWidth,
            feedForwardWidth: try keys.requiredInt("feed_forward_length"),
            normEpsilon: try keys.requiredDouble("attention.layer_norm_rms_epsilon")
                .shortestSingle,
            tiesEmbeddings: file.tensor(.outputHead) == nil,
            hasQueryKeyValueBias: keys.family == .qwen2,
            normalizesQueriesAndKeys: keys.family == .qwen3,
            rotary: try keys.rotary(),
            contextLength: try keys.requiredInt("context_length"))
        self = try architecture.checked(path: file.file.path, keys: keys.names)
            .runnable(path: file.file.path)
    }
}

extension Double {
    /// The shortest decimal number that is this one in single precision: 1e-5, not 0.00000999999974.
    fileprivate var shortestSingle: Double { Double("\(Float(self))") ?? self }
}

extension GGUFFile {
    /// The tensor of a parameter, nil when the file has none.
    package func tensor(_ parameter: ParameterID) -> StoredTensor? {
        tensor(named: parameter.ggufName)
    }

    /// The tensor of a name, nil when the file has none.
    package func tensor(named name: String) -> StoredTensor? {
        tensors.first { $0.name == name }
    }
}

/// Access to the keys of one architecture's section of the metadata.
private struct GGUFKeys {
    let file: GGUFFile
    let family: Architecture.Family
    /// The section's name with a point.
    let prefix: String

    init(_ file: GGUFFile) throws(ModelFileError) {
        self.file = file
        guard let name = try file.string("general.architecture") else {
            throw .malformed(
                path: file.file.path, place: "metadata key \"general.architecture\"",
                problem: "is missing")
        }
        let known: [String: Architecture.Family] = [
            "llama": .llama, "qwen2": .qwen2, "qwen3": .qwen3,
        ]
        guard let family = known[name] else {
            let near = nearest(to: name, among: known.keys.sorted())
            throw .unsupported(
                path: file.file.path, place: "metadata key \"general.architecture\"",
                problem: "the architecture \(quoted(name)) does not run here; "
                    + "llama, qwen2 and qwen3 do"
                    + (near.map { "; did you mean \(quoted($0))?" } ?? ""))
        }
        self.family = family
        prefix = "\(name)."
    }

    func int(_ key: String) throws(ModelFileError) -> Int? { try file.int(prefix + key) }
    func double(_ key: String) throws(ModelFileError) -> Double? { try file.double(prefix + key) }

    func requiredInt(_ key: String) throws(ModelFileError) -> Int {
        guard let value = try int(key) else { throw missing(key) }
        return value
    }

    func requiredDouble(_ key: String) throws(ModelFileError) -> Double {
        guard let value = try double(key) else { throw missing(key) }
        return value
    }

    private func missing(_ key: String) -> ModelFileError {
        .malformed(path: file.file.path, place: place(key), problem: "is missing")
    }

    private func place(_ key: String) -> String { "metadata key \(quoted(prefix + key))" }

    func unsupported(_ key: String, _ problem: String) -> ModelFileError {
        .unsupported(path: file.file.path, place: place(key), problem: problem)
    }

    var names: ArchitectureKeys {
        ArchitectureKeys(
            vocabularySize: place("vocab_size"), hiddenWidth: place("embedding_length"),
            layerCount: place("block_count"), headCount: place("attention.head_count"),
            keyValueHeadCount: place("attention.head_count_kv"),
            headWidth: place("attention.key_length"),
            feedForwardWidth: place("feed_forward_length"),
            contextLength: place("context_length"),
            normEpsilon: place("attention.layer_norm_rms_epsilon"),
            theta: place("rope.freq_base"), scaling: place("rope.scaling.factor"))
    }

    /// Refuses a key of this section that may change the computation in a way not known here.
    func refuseWhatIsNotHonoured() throws(ModelFileError) {
        for (key, value) in file.metadata.sorted(by: { $0.key < $1.key })
        where key.hasPrefix(prefix) {
            let name = String(key.dropFirst(prefix.count))
            guard !Self.honoured.contains(name), !Self.harmless.contains(name),
                value != .integer(0), value != .bool(false)
            else { continue }
            throw unsupported(name, "the setting is not known here and may change the result")
        }
    }

    private static let honoured = [
        "vocab_size", "embedding_length", "block_count", "context_length", "feed_forward_length",
        "attention.head_count", "attention.head_count_kv", "attention.key_length",
        "attention.value_length", "attention.layer_norm_rms_epsilon", "rope.dimension_count",
        "rope.freq_base", "rope.scaling.type", "rope.scaling.factor", "rope.scale_linear",
    ]

    /// Keys that say nothing about the numbers of a forward pass within the context length.
    private static let harmless = [
        "tensor_data_layout", "rope.scaling.finetuned", "rope.scaling.original_context_length",
        "pooling_type",
    ]

    func requireWholeHeads(_ headWidth: Int) throws(ModelFileError) {
        for key in ["attention.value_length", "rope.dimension_count"] {
            guard try int(key) ?? headWidth == headWidth else {
                throw unsupported(
                    key,
                    "it differs from the width \(headWidth) of a key head, which does not "
                        + "run here")
            }
        }
    }

    func rotary() throws(ModelFileError) -> Architecture.Rotary {
        let theta = try double("rope.freq_base").map { $0.shortestSingle } ?? 10_000
        let scaling = try metadataScaling()
        guard let factors = file.tensor(named: "rope_freqs.weight") else {
            return Architecture.Rotary(theta: theta, scaling: scaling)
        }
        guard scaling == .none else {
            throw unsupported(
                "rope.scaling.type", "scaling by both a factor and rope_freqs.weight does not run")
        }
        guard factors.count <= 1 << 14 else {
            throw .malformed(
                path: file.file.path, place: factors.name, problem: "it is larger than a head")
        }
        var values = [Float](repeating: 0, count: factors.count)
        var span = values.mutableSpan
        try file.file.read(factors, into: &span)
        guard let stretch = Architecture.Rotary.Scaling(frequencyDivisors: values, theta: theta)
        else {
            throw .unsupported(
                path: file.file.path, place: "tensor \"rope_freqs.weight\"",
                problem: "the divisors of the rotary frequencies are not those of Llama 3.1 with "
                    + "low and high frequency factors 1 and 4 over 8192 tokens")
        }
        return Architecture.Rotary(theta: theta, scaling: stretch)
    }

    private func metadataScaling() throws(ModelFileError) -> Architecture.Rotary.Scaling {
        let legacy = try double("rope.scale_linear")
        let factor = try double("rope.scaling.factor") ?? legacy ?? 1
        let type =
            try file.string(prefix + "rope.scaling.type") ?? (factor == 1 ? "none" : "linear")
        switch type {
        case "none": return .none
        case "linear": return factor == 1 ? .none : .linear(factor: factor.shortestSingle)
        default:
            throw unsupported(
                "rope.scaling.type",
                "the scaling \(quoted(type)) does not run here; none and linear do")
        }
    }
}
