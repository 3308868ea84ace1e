import Architectures
import Foundation

/// What is known of a model from its description alone: no weight is looked at.
package struct PlannedModel: Sendable, Hashable {
    /// The model's name: the one inside a GGUF file, else that of the file or directory.
    package let name: String
    /// The model.
    package let architecture: Architecture

    /// Reads a `config.json`, a directory or safetensors file beside one, or the header of a GGUF
    /// file.
    package static func open(_ path: String) throws(ModelFileError) -> PlannedModel {
        var path = path
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        let url = URL(fileURLWithPath: path)
        if path.hasSuffix(".gguf") {
            let file = try GGUFFile.open(path)
            return PlannedModel(
                name: try file.string("general.name") ?? url.lastPathComponent,
                architecture: try Architecture.planned(file))
        }
        let isFile = path.hasSuffix(".json") || path.hasSuffix(".safetensors")
        let folder = isFile ? url.deletingLastPathComponent() : url
        let configuration =
            path.hasSuffix(".json") ? path : folder.appendingPathComponent("config.json").path
        return PlannedModel(
            name: path.hasSuffix(".json") ? url.lastPathComponent : folder.lastPathComponent,
            architecture: try Architecture.planned(
                configuration: try JSONValue.read(configuration), path: configuration))
    }
}
