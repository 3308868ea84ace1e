import Architectures
import Foundation
import Quantities

/// An opened model: what it is, where each parameter lies, and the mapped bytes.
///
/// Opening reads headers only; `read(_:into:)` expands one parameter at a time. The mapping ends with
/// the last copy of this value.
package struct ModelFile: Sendable {
    /// The two formats of weights that are read.
    package enum Format: String, Sendable, Hashable {
        case gguf, safetensors
    }

    /// What was opened, as it was given.
    package let path: String
    /// The format of the weights.
    package let format: Format
    /// What kind of model it is.
    package let architecture: Architecture
    /// Every tensor that can be read, in the order of the files.
    package let tensors: [StoredTensor]
    /// Names of tensors outside the layers that are no parameter of the architecture.
    package let surplusTensors: [String]
    /// The size of all files of weights.
    package let storedBytes: Bytes
    /// The model's name for people, when the file or its directory has one.
    package let name: String?
    /// The chat template in Jinja, when there is one.
    package let chatTemplateText: String?
    /// The tokens that begin, end and pad a sequence.
    package let specialTokens: SpecialTokens
    /// The GGUF file, whose metadata holds the tokenizer.
    package let gguf: GGUFFile?
    /// The directory in Hugging Face layout, nil for a GGUF file.
    package let directory: String?

    private let files: [MappedFile]
    private let locations: [ParameterID: Location]

    /// A tensor and the file it lies in.
    struct Location: Sendable, Hashable {
        let file: Int
        let tensor: StoredTensor
    }

    /// The number of parameters of the architecture.
    package var parameterCount: Int { architecture.parameterCount }

    /// The path of a file of the Hugging Face directory, nil when there is none.
    package func path(of name: String) -> String? {
        guard let directory else { return nil }
        let path = "\(directory)/\(name)"
        return FileManager.default.fileExists(atPath: path) ? path : nil
    }
    /// The path of `tokenizer.json`, nil when there is none.
    package var tokenizerPath: String? { path(of: "tokenizer.json") }
    /// The path of `tokenizer_config.json`, nil when there is none.
    package var tokenizerConfigurationPath: String? { path(of: "tokenizer_config.json") }

    /// Whether a parameter is stored; a tied output head may be.
    package func contains(_ parameter: ParameterID) -> Bool { locations[parameter] != nil }

    /// How a parameter is stored, nil when it is not.
    package func storedTensor(_ parameter: ParameterID) -> StoredTensor? {
        locations[parameter]?.tensor
    }

    /// Expands a parameter to single precision, rows outermost.
    ///
    /// `destination` must have exactly the parameter's number of elements. The pages that were read are
    /// given back to the system.
    package func read(
        _ parameter: ParameterID, into destination: inout MutableSpan<Float>
    ) throws(ModelFileError) {
        guard let location = locations[parameter] else {
            throw .malformed(
                path: path, place: "", problem: "there is no parameter \(parameter)")
        }
        let file = files[location.file]
        if isInterleaved(parameter) {
            try file.readInterleaved(
                location.tensor, headWidth: architecture.headWidth, into: &destination)
        } else {
            try file.read(location.tensor, into: &destination)
        }
        file.releasePages(from: location.tensor.offset, count: location.tensor.byteCount)
    }

    /// A parameter expanded to single precision in an array of its own.
    package func values(of parameter: ParameterID) throws(ModelFileError) -> [Float] {
        let count = storedTensor(parameter)?.count ?? 0
        var values = [Float](repeating: 0, count: count)
        var span = values.mutableSpan
        try read(parameter, into: &span)
        return values
    }

    /// Whether the rows of the stored tensor are in llama.cpp's rotary order, which its converter
    /// gives to the architecture "llama" only.
    private func isInterleaved(_ parameter: ParameterID) -> Bool {
        guard format == .gguf, architecture.family == .llama else { return false }
        switch parameter {
        case .weight(.query, _), .weight(.key, _), .bias(.query, _), .bias(.key, _): return true
        default: return false
        }
    }
}

extension ModelFile {
    /// Checks that every parameter is there in the right shape, and nothing that would be ignored
    /// wrongly.
    init(
        path: String, format: Format, architecture: Architecture, weights: StoredWeights,
        name: String?, chatTemplateText: String?, specialTokens: SpecialTokens, gguf: GGUFFile?,
        directory: String?
    ) throws(ModelFileError) {
        let names: (ParameterID) -> String =
            format == .gguf ? { $0.ggufName } : { $0.huggingFaceName }
        var locations: [ParameterID: Location] = [:]
        var used: Set<String> = []
        for parameter in architecture.parameters {
            let name = names(parameter)
            locations[parameter] = try weights.location(
                of: name, shape: architecture.shape(of: parameter), path: path)
            used.insert(name)
        }
        if architecture.tiesEmbeddings, let head = weights.locations[names(.outputHead)],
            head.tensor.shape == architecture.shape(of: .outputHead)
        {
            locations[.outputHead] = head
            used.insert(names(.outputHead))
        }
        surplusTensors = try weights.surplus(besides: used, path: path)
        self.path = path
        self.format = format
        self.architecture = architecture
        self.name = name
        self.chatTemplateText = chatTemplateText
        self.specialTokens = specialTokens
        self.gguf = gguf
        self.directory = directory
        self.locations = locations
        files = weights.files
        tensors = weights.tensors
        storedBytes = Bytes(weights.files.reduce(0) { $0 + $1.data.count })
    }
}
