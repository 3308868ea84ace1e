import Architectures
import Foundation
import Quantities

/// An opened PEFT adapter: `adapter_config.json` and the tensors of `adapter_model.safetensors`.
package struct AdapterFile: Sendable {
    /// The directory that holds both files.
    package let directory: String
    /// What the adapter is.
    package let configuration: AdapterConfiguration
    /// The size of the tensors' file.
    package let storedBytes: Bytes

    private let file: MappedFile
    private let tensors: [AdapterParameterID: StoredTensor]

    /// Opens the adapter in a directory and checks that it fits the model, matrix by matrix.
    package static func open(
        _ directory: String, for architecture: Architecture
    ) throws(ModelFileError) -> AdapterFile {
        try AdapterFile(directory, architecture)
    }

    private init(_ directory: String, _ architecture: Architecture) throws(ModelFileError) {
        let configurationPath = "\(directory)/adapter_config.json"
        let configuration = try AdapterConfiguration(
            try JSONValue.read(configurationPath), path: configurationPath)
        let safetensors = try SafetensorsFile.open("\(directory)/adapter_model.safetensors")
        let weights = try StoredWeights([safetensors])
        var tensors: [AdapterParameterID: StoredTensor] = [:]
        var used: Set<String> = []
        for parameter in architecture.adapterParameters(of: configuration) {
            tensors[parameter] = try weights.location(
                of: parameter.peftName,
                shape: architecture.shape(of: parameter, rank: configuration.rank),
                path: safetensors.file.path
            ).tensor
            used.insert(parameter.peftName)
        }
        let names = safetensors.tensors.map(\.name) + safetensors.unreadable.keys
        if let name = names.sorted().first(where: { !used.contains($0) }) {
            throw .unsupported(
                path: safetensors.file.path, place: "tensor \(quoted(name))",
                problem: "it belongs to none of the adapted modules of this model's "
                    + "\(architecture.layerCount) layers")
        }
        self.directory = directory
        self.configuration = configuration
        storedBytes = Bytes(safetensors.file.data.count)
        file = safetensors.file
        self.tensors = tensors
    }

    /// Expands a matrix to single precision, rows outermost.
    package func read(
        _ parameter: AdapterParameterID, into destination: inout MutableSpan<Float>
    ) throws(ModelFileError) {
        guard let tensor = tensors[parameter] else {
            throw .malformed(
                path: file.path, place: "", problem: "there is no matrix \(parameter.peftName)")
        }
        try file.read(tensor, into: &destination)
    }

    /// A matrix expanded to single precision in an array of its own.
    package func values(of parameter: AdapterParameterID) throws(ModelFileError) -> [Float] {
        var values = [Float](repeating: 0, count: tensors[parameter]?.count ?? 0)
        var span = values.mutableSpan
        try read(parameter, into: &span)
        return values
    }

    /// Writes an adapter of `architecture` as PEFT reads it, complete or not at all.
    ///
    /// `values` is asked for the elements of each matrix, rows outermost; `extraFiles` are texts by
    /// file name, such as a README.
    package static func write(
        _ configuration: AdapterConfiguration, for architecture: Architecture,
        to directory: String, as encoding: TensorEncoding = .f32,
        extraFiles: [String: String] = [:], values: (AdapterParameterID) throws -> [Float]
    ) throws(ModelFileError) {
        try writeDirectoryAtomically(directory) { (partial) throws(ModelFileError) in
            for (name, text) in extraFiles.sorted(by: { $0.key < $1.key }) {
                try writeAtomically(text, to: "\(partial)/\(name)")
            }
            try writeFiles(configuration, for: architecture, as: encoding, values: values) {
                "\(partial)/\($0)"
            }
        }
    }

    /// Writes the two files of an adapter where `path` says for each file name.
    package static func writeFiles(
        _ configuration: AdapterConfiguration, for architecture: Architecture,
        as encoding: TensorEncoding = .f32, values: (AdapterParameterID) throws -> [Float],
        path: (String) throws(ModelFileError) -> String
    ) throws(ModelFileError) {
        let parameters = architecture.adapterParameters(of: configuration)
        try writeAtomically(configuration.json.fileText, to: try path("adapter_config.json"))
        try writeSafetensors(
            parameters.map {
                TensorToWrite(
                    name: $0.peftName,
                    shape: architecture.shape(of: $0, rank: configuration.rank))
            }, as: encoding, to: try path("adapter_model.safetensors")
        ) { try values(parameters[$0]) }
    }
}
