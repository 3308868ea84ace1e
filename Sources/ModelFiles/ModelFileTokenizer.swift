import Foundation

extension ModelFile {
    /// The model's tokenizer: from the metadata of a GGUF file, or from `tokenizer.json`.
    package func tokenizer() throws -> Tokenizer {
        if let gguf { return try Tokenizer(gguf) }
        guard let tokenizerPath else {
            throw ModelFileError.unreadable(
                path: directory ?? path, problem: "there is no tokenizer.json in it")
        }
        return try Tokenizer(
            tokenizerJSON: MappedFile(path: tokenizerPath).data,
            configuration: tokenizerConfigurationPath.map {
                (path) throws(ModelFileError) in try MappedFile(path: path).data
            }, chatTemplate: chatTemplateText, directory: directory)
    }

    /// The tokenizer of a GGUF file as the files of a Hugging Face directory, by name.
    ///
    /// Empty for a model that is such a directory, and for a GGUF file without a tokenizer.
    func convertedTokenizerFiles() throws(ModelFileError) -> [String: String] {
        guard let gguf, gguf.metadata["tokenizer.ggml.tokens"] != nil else { return [:] }
        do {
            let tokenizer = try Tokenizer(gguf)
            return [
                "tokenizer.json": String(decoding: try tokenizer.tokenizerJSON(), as: UTF8.self),
                "tokenizer_config.json": String(
                    decoding: tokenizer.tokenizerConfigurationJSON(), as: UTF8.self),
            ]
        } catch let error as ModelFileError {
            throw error
        } catch TokenizerError.malformed(let source, let place, let problem) {
            throw .malformed(path: source, place: place, problem: problem)
        } catch TokenizerError.unsupported(let source, let place, let problem) {
            throw .unsupported(path: source, place: place, problem: problem)
        } catch {
            throw .unsupported(path: path, place: "tokenizer", problem: "\(error)")
        }
    }
}
