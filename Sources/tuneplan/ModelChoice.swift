import Architectures
import Catalog
import Foundation
import ModelFiles

/// A model as a user names it: a name of the catalog, a file, a directory, or `default`.
struct ModelChoice {
    /// What the user wrote.
    let text: String

    init(_ text: String) { self.text = text }

    /// The model's name and architecture.
    func model(_ catalog: Catalog) throws -> (name: String, architecture: Architecture) {
        let path = try path()
        if let kind = PathKind(path) {
            let configuration = kind == .folder ? "\(path)/config.json" : path
            let name = URL(fileURLWithPath: path).lastPathComponent
            if kind == .folder, PathKind(configuration) == nil {
                // The reason why there is no model in it.
                return (name, try ModelFile.open(path).architecture)
            }
            let model = try PlannedModel.open(path)
            return (path.hasSuffix(".gguf") ? model.name : name, model.architecture)
        }
        if looksLikeAPath {
            throw Failure("\(path): there is no such file or directory", code: Failure.badInput)
        }
        let entry = try catalog.model(named: path)
        return (entry.identifier, entry.architecture)
    }

    /// The path that the text means where it means one.
    func path() throws -> String {
        guard text == "default" else { return text }
        return try DataDirectory.locate().url.appendingPathComponent("base").path
    }

    private var looksLikeAPath: Bool {
        text.hasPrefix("/") || text.hasPrefix(".") || text.hasPrefix("~")
            || [".json", ".gguf", ".safetensors"].contains { text.hasSuffix($0) }
    }
}

/// What a path leads to; nil when there is nothing.
enum PathKind {
    case file, folder

    init?(_ path: String) {
        guard !path.isEmpty, FileManager.default.fileExists(atPath: path) else { return nil }
        let url = URL(fileURLWithPath: path).resolvingSymlinksInPath()
        let values = try? url.resourceValues(forKeys: [.isDirectoryKey])
        self = values?.isDirectory == true ? .folder : .file
    }
}
