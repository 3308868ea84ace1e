import Architectures
import Foundation
import Quantities

extension ModelFile {
    /// Opens a GGUF file, a safetensors file beside its `config.json`, or a directory in Hugging Face
    /// layout.
    package static func open(_ path: String) throws(ModelFileError) -> ModelFile {
        var path = path
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        if isDirectory(path) { return try openDirectory(path) }
        try requireRegularFile(path)
        if path.hasSuffix(".gguf") { return try openGGUF(path) }
        if path.hasSuffix(".safetensors") { return try openSafetensors(path) }
        let start = try MappedFile(path: path).data.prefix(4)
        if Array(start) == Array("GGUF".utf8) { return try openGGUF(path) }
        throw .unsupported(
            path: path, place: "",
            problem: "a model is a .gguf file, a .safetensors file beside its config.json, or a "
                + "directory that holds both")
    }

    private static func openGGUF(_ path: String) throws(ModelFileError) -> ModelFile {
        let file = try GGUFFile.open(path)
        if let count = try file.int("split.count"), count > 1 {
            throw .unsupported(
                path: path, place: "metadata key \"split.count\"",
                problem: "the model is split into \(count) files; merge them into one first")
        }
        return try ModelFile(
            path: path, format: .gguf, architecture: Architecture(file),
            weights: StoredWeights(file), name: file.string("general.name"),
            chatTemplateText: file.string("tokenizer.chat_template"),
            specialTokens: SpecialTokens(file), gguf: file, directory: nil)
    }

    private static func openDirectory(_ path: String) throws(ModelFileError) -> ModelFile {
        let single = "\(path)/model.safetensors"
        let index = "\(path)/model.safetensors.index.json"
        if exists(single) { return try openCheckpoint(path, [single], directory: path) }
        if exists(index) {
            return try openCheckpoint(path, try shards(index), directory: path)
        }
        throw .unreadable(path: path, problem: absence(in: path))
    }

    /// Why a directory holds no model.
    private static func absence(in path: String) -> String {
        if exists("\(path)/adapter_config.json") {
            return "it holds an adapter, not a model; give the model it was made for"
        }
        if exists("\(path)/pytorch_model.bin") || exists("\(path)/pytorch_model.bin.index.json") {
            return "its weights are pickled (pytorch_model.bin); convert them to safetensors"
        }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        if let name = names.sorted().first(where: { $0.hasSuffix(".gguf") }) {
            return "there is no model.safetensors in it; did you mean \(path)/\(name)?"
        }
        return "there is neither model.safetensors nor model.safetensors.index.json in it"
    }

    private static func openSafetensors(_ path: String) throws(ModelFileError) -> ModelFile {
        let url = URL(fileURLWithPath: path)
        let directory = url.deletingLastPathComponent().path
        let index = "\(directory)/model.safetensors.index.json"
        if url.lastPathComponent != "model.safetensors", exists(index) {
            let shards = try shards(index)
            if shards.contains("\(directory)/\(url.lastPathComponent)") {
                return try openCheckpoint(path, shards, directory: directory)
            }
        }
        return try openCheckpoint(path, [path], directory: directory)
    }

    private static func openCheckpoint(
        _ path: String, _ files: [String], directory: String
    ) throws(ModelFileError) -> ModelFile {
        let configurationPath = "\(directory)/config.json"
        let configuration = try JSONValue.read(configurationPath)
        var shards: [SafetensorsFile] = []
        for file in files { shards.append(try SafetensorsFile.open(file)) }
        return try ModelFile(
            path: path, format: .safetensors,
            architecture: Architecture(configuration: configuration, path: configurationPath),
            weights: StoredWeights(shards),
            name: URL(fileURLWithPath: directory).lastPathComponent,
            chatTemplateText: chatTemplate(in: directory),
            specialTokens: specialTokens(in: directory, configuration), gguf: nil,
            directory: directory)
    }

    /// The files that `model.safetensors.index.json` names, sorted.
    private static func shards(_ path: String) throws(ModelFileError) -> [String] {
        let keys = try ConfigurationReader(try JSONValue.read(path), path: path)
        guard let map = keys["weight_map"]?.object, map.count > 0 else {
            throw keys.malformed("weight_map", "must be an object of file names by tensor")
        }
        let directory = URL(fileURLWithPath: path).deletingLastPathComponent().path
        var names: Set<String> = []
        for member in map.members {
            guard let name = member.value.string, !name.contains("/"),
                name.hasSuffix(".safetensors")
            else {
                throw keys.malformed(
                    "weight_map.\(quoted(member.key))",
                    "must be the name of a .safetensors file in the same directory")
            }
            names.insert(name)
        }
        return names.sorted().map { "\(directory)/\($0)" }
    }

    /// The template of `chat_template.jinja`, or the one inside `tokenizer_config.json`.
    private static func chatTemplate(in directory: String) throws(ModelFileError) -> String? {
        let path = "\(directory)/chat_template.jinja"
        if exists(path) {
            let data = try MappedFile(path: path).data
            guard data.count <= 1 << 20, let text = String(validating: data, as: UTF8.self) else {
                throw .malformed(
                    path: path, place: "",
                    problem: "it must be UTF-8 text of at most \(1 << 20) bytes")
            }
            return text
        }
        let tokenizerPath = "\(directory)/tokenizer_config.json"
        guard exists(tokenizerPath) else { return nil }
        let template = try JSONValue.read(tokenizerPath)["chat_template"]
        if let text = template?.string { return text }
        // Several named templates: the one that applies to a plain conversation.
        return template?.array?.first { $0["name"]?.string == "default" }?["template"]?.string
    }

    /// The tokens of `generation_config.json`, which lists every ending, then of `config.json`.
    private static func specialTokens(
        in directory: String, _ configuration: JSONValue
    ) throws(ModelFileError) -> SpecialTokens {
        let fallback = try SpecialTokens(
            try ConfigurationReader(configuration, path: "\(directory)/config.json"))
        let path = "\(directory)/generation_config.json"
        guard exists(path) else { return fallback }
        let keys = try ConfigurationReader(try JSONValue.read(path), path: path)
        return try SpecialTokens(keys).filled(from: fallback)
    }

    private static func isDirectory(_ path: String) -> Bool {
        let target = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        let attributes = try? FileManager.default.attributesOfItem(atPath: target)
        return attributes?[.type] as? FileAttributeType == .typeDirectory
    }

    private static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: path)
    }
}
