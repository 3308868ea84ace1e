import Architectures
import Foundation

/// Writes a model in Hugging Face layout that transformers 5 loads, complete or not at all.
///
/// `values` is asked for each parameter's elements, rows outermost. Tokenizer files are copied from
/// the directory of `base`, or made from its GGUF metadata; `extraFiles` are further texts by file
/// name, which win over both.
package func writeCheckpoint(
    of architecture: Architecture, base: ModelFile?, to directory: String,
    as encoding: TensorEncoding = .bf16, extraFiles: [String: String] = [:],
    values: (ParameterID) throws -> [Float]
) throws(ModelFileError) {
    try writeDirectoryAtomically(directory) { (partial) throws(ModelFileError) in
        try writeCheckpointFiles(
            of: architecture, base: base, as: encoding, extraFiles: extraFiles, values: values
        ) { "\(partial)/\($0)" }
    }
}

/// Writes the files of a checkpoint where `path` says for each file name.
package func writeCheckpointFiles(
    of architecture: Architecture, base: ModelFile?, as encoding: TensorEncoding = .bf16,
    extraFiles: [String: String] = [:], values: (ParameterID) throws -> [Float],
    path: (String) throws(ModelFileError) -> String
) throws(ModelFileError) {
    let parameters = architecture.parameters
    let tokens = base?.specialTokens ?? SpecialTokens()
    let configuration = architecture.configuration(storedAs: encoding, specialTokens: tokens)
    try writeAtomically(configuration.fileText, to: try path("config.json"))
    var texts = try base?.convertedTokenizerFiles() ?? [:]
    texts.merge(extraFiles) { _, given in given }
    if let template = base?.chatTemplateText, base?.directory == nil {
        texts["chat_template.jinja"] = texts["chat_template.jinja"] ?? template
    }
    if base?.path(of: "generation_config.json") == nil, tokens != SpecialTokens() {
        texts["generation_config.json"] =
            texts["generation_config.json"] ?? JSONValue.object(tokens.configuration).fileText
    }
    for (name, text) in texts.sorted(by: { $0.key < $1.key }) {
        try writeAtomically(text, to: try path(name))
    }
    for name in copiedFiles where texts[name] == nil {
        if let source = base?.path(of: name) { try copy(source, to: try path(name)) }
    }
    try writeSafetensors(
        parameters.map {
            TensorToWrite(name: $0.huggingFaceName, shape: architecture.shape(of: $0))
        }, as: encoding, to: try path("model.safetensors")
    ) { try values(parameters[$0]) }
}

/// The files of a base model that stay true when its weights are trained.
private let copiedFiles = [
    "tokenizer.json", "tokenizer_config.json", "tokenizer.model", "special_tokens_map.json",
    "added_tokens.json", "vocab.json", "merges.txt", "chat_template.jinja", "chat_template.json",
    "generation_config.json",
]

private func copy(_ path: String, to target: String) throws(ModelFileError) {
    let data = try MappedFile(path: path).data
    try writeAtomically(to: target) { try $0.write(contentsOf: data) }
}
