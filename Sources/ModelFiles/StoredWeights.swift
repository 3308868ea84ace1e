import Foundation
import Quantities

/// The tensors of all files of a model, by name.
struct StoredWeights {
    /// The files in which tensors lie.
    let files: [MappedFile]
    /// Every tensor, file by file.
    let tensors: [StoredTensor]
    /// Where each tensor lies, by name.
    let locations: [String: ModelFile.Location]
    /// Element types of tensors that cannot be read, by name.
    let unreadable: [String: String]

    /// The tensors of a GGUF file.
    init(_ gguf: GGUFFile) {
        files = [gguf.file]
        tensors = gguf.tensors
        unreadable = [:]
        locations = Dictionary(
            gguf.tensors.map { ($0.name, ModelFile.Location(file: 0, tensor: $0)) },
            uniquingKeysWith: { first, _ in first })
    }

    /// The tensors of one file or of the shards of a checkpoint, which must not repeat a name.
    init(_ shards: [SafetensorsFile]) throws(ModelFileError) {
        var locations: [String: ModelFile.Location] = [:]
        var unreadable: [String: String] = [:]
        for (index, shard) in shards.enumerated() {
            for tensor in shard.tensors {
                let location = ModelFile.Location(file: index, tensor: tensor)
                guard locations.updateValue(location, forKey: tensor.name) == nil else {
                    throw .malformed(
                        path: shard.file.path, place: "tensor \(quoted(tensor.name))",
                        problem: "the name is in another file of the checkpoint too")
                }
            }
            unreadable.merge(shard.unreadable) { first, _ in first }
        }
        files = shards.map(\.file)
        tensors = shards.flatMap(\.tensors)
        self.locations = locations
        self.unreadable = unreadable
    }

    /// Where the tensor `name` lies, checked to have the shape wanted.
    func location(
        of name: String, shape: [Int], path: String
    ) throws(ModelFileError) -> ModelFile.Location {
        guard let location = locations[name] else {
            if let type = unreadable[name] {
                throw .unsupported(
                    path: path, place: "tensor \(quoted(name))",
                    problem: "it is stored as \(type); F32, F16 and BF16 are read")
            }
            throw .malformed(
                path: path, place: "tensor \(quoted(name))",
                problem: "it is missing; its shape should be \(shape)")
        }
        guard location.tensor.shape == shape else {
            throw .malformed(
                path: path, place: "tensor \(quoted(name))",
                problem: "its shape is \(location.tensor.shape) and should be \(shape)")
        }
        return location
    }

    /// The names that are not `used`; one inside a layer would change the result and is refused.
    func surplus(besides used: Set<String>, path: String) throws(ModelFileError) -> [String] {
        let names = (tensors.map(\.name) + unreadable.keys).filter {
            !used.contains($0) && $0 != "rope_freqs.weight"
        }.sorted()
        let wrong = names.first { name in
            (name.hasPrefix("blk.") || name.contains(".layers."))
                && !name.hasSuffix(".rotary_emb.inv_freq")
        }
        if let wrong {
            throw .unsupported(
                path: path, place: "tensor \(quoted(wrong))",
                problem: "no layer of this architecture has such a parameter")
        }
        return names
    }
}
