/// The token numbers that a model file singles out.
package struct SpecialTokens: Sendable, Hashable {
    /// The token that begins a sequence.
    package var beginning: Int?
    /// The tokens that end generation; the first one ends a training example.
    package var endings: [Int] = []
    /// The token that fills a batch.
    package var padding: Int?

    /// No tokens known.
    package init() {}

    /// The members of `config.json` and `generation_config.json`; what is not known is left out.
    var configuration: JSONObject {
        var object: JSONObject = [:]
        object["bos_token_id"] = beginning.map { .integer($0) }
        if endings.count == 1 {
            object["eos_token_id"] = .integer(endings[0])
        } else if !endings.isEmpty {
            object["eos_token_id"] = .array(endings.map { .integer($0) })
        }
        object["pad_token_id"] = padding.map { .integer($0) }
        return object
    }

    /// The tokens of a GGUF file's metadata.
    init(_ file: GGUFFile) throws(ModelFileError) {
        beginning = try file.int("tokenizer.ggml.bos_token_id")
        for key in ["eos", "eot"] {
            if let token = try file.int("tokenizer.ggml.\(key)_token_id"),
                !endings.contains(token)
            {
                endings.append(token)
            }
        }
        padding = try file.int("tokenizer.ggml.padding_token_id")
    }

    /// The tokens of a `config.json` or `generation_config.json`.
    init(_ keys: ConfigurationReader) throws(ModelFileError) {
        beginning = try keys.int("bos_token_id")
        padding = try keys.int("pad_token_id")
        guard let value = keys["eos_token_id"] else { return }
        let tokens = value.array.map { $0.compactMap(\.int) } ?? value.int.map { [$0] }
        guard let tokens, tokens.count == value.array?.count ?? 1 else {
            throw keys.malformed(
                "eos_token_id", "is \(value.kind) instead of an integer or an array of them")
        }
        endings = tokens
    }

    /// These tokens, and for each that is not known the one of `other`.
    func filled(from other: SpecialTokens) -> SpecialTokens {
        var result = self
        result.beginning = beginning ?? other.beginning
        result.padding = padding ?? other.padding
        if endings.isEmpty { result.endings = other.endings }
        return result
    }
}
