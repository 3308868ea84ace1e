import Architectures
import Foundation
import ModelFiles

/// An opened model with the tokenizer and chat template that came with it.
package struct LoadedBase: Sendable {
    /// What the model is.
    package let architecture: Architecture
    /// The weights; nil when only the description was opened, to begin with fresh ones.
    package let model: ModelFile?
    /// The tokenizer.
    package let tokenizer: Tokenizer
    /// What was opened, as it was given.
    package let path: String

    /// Opens a GGUF file or a directory in Hugging Face layout.
    ///
    /// - Throws: `ModelFileError` or `TokenizerError` naming the file and what is wrong.
    package static func open(_ path: String) throws -> LoadedBase {
        let model = try ModelFile.open(path)
        return LoadedBase(
            architecture: model.architecture, model: model, tokenizer: try model.tokenizer(),
            path: path)
    }

    /// Opens the description and tokenizer in a directory that may hold no weights.
    ///
    /// - Throws: as `open(_:)`.
    package static func openWithoutWeights(_ path: String) throws -> LoadedBase {
        let configuration = "\(path)/config.json"
        let architecture = try Architecture(
            configuration: try JSONValue.read(configuration), path: configuration)
        return LoadedBase(
            architecture: architecture, model: nil,
            tokenizer: try Tokenizer(
                tokenizerJSON: try MappedFile(path: "\(path)/tokenizer.json").data,
                configuration: try MappedFile(path: "\(path)/tokenizer_config.json").data,
                directory: path),
            path: path)
    }

    /// Where the values of the weights come from.
    package func weights(seed: UInt64) -> WeightSource {
        model.map { .checkpoint($0) } ?? .random(seed: seed)
    }

    /// Tokens that end an answer.
    package var stops: Set<Int32> {
        Set(tokenizer.endOfSequence).union(model?.specialTokens.endings.map(Int32.init) ?? [])
    }

    /// The token that fills rows up.
    package var padding: Int32 {
        tokenizer.padding ?? tokenizer.endOfSequence.first ?? 0
    }

    /// The files that decide what the model is.
    package var files: [String] {
        guard model?.gguf == nil else { return [path] }
        let directory = model?.directory ?? path
        let names =
            ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).sorted()
        return names.filter { name in
            name.hasSuffix(".safetensors") || ["config.json", "tokenizer.json"].contains(name)
        }.map { "\(directory)/\($0)" }
    }
}
