import Foundation

extension Tokenizer {
    /// Reads a Hugging Face `tokenizer.json`.
    ///
    /// `configuration` holds the bytes of `tokenizer_config.json`, which names the begin, end and
    /// padding tokens; `chatTemplate` is the text of `chat_template.jinja`, where models keep it
    /// apart. Messages name both files as they lie in `directory`.
    package init(
        tokenizerJSON: Data, configuration: Data? = nil, chatTemplate: String? = nil,
        directory: String? = nil
    ) throws(TokenizerError) {
        func path(_ name: String) -> String { directory.map { "\($0)/\(name)" } ?? name }
        let name = path("tokenizer.json")
        let file = try Self.decode(TokenizerFile.self, tokenizerJSON, name)
        let roles = try configuration.map { data throws(TokenizerError) in
            try Self.decode(TokenizerConfiguration.self, data, path("tokenizer_config.json"))
        }
        let reader = TokenizerReader(source: name)
        try reader.requireByteLevel(file.model)
        var vocabulary = TokenizerVocabulary(source: name)
        try vocabulary.add(file.model.vocab)
        let added = try reader.addedTokens(file.added_tokens ?? [])
        for token in added { try vocabulary.add(token) }
        let (prefix, suffix) = try reader.template(file.post_processor)
        try reader.checkDecoder(file.decoder)
        func id(_ token: TokenizerConfiguration.Token?) -> Int32? {
            guard let token else { return nil }
            return vocabulary.id(of: token.content)
        }
        try self.init(
            vocabulary: vocabulary,
            merges: file.model.merges.pairs,
            addedTokens: added,
            normalization: try reader.normalization(file.normalizer),
            preTokenizer: try reader.preTokenizer(file.pre_tokenizer),
            ignoresMerges: file.model.ignore_merges ?? false,
            unknownToken: try file.model.unk_token.map { text throws(TokenizerError) in
                guard let id = vocabulary.id(of: text) else {
                    throw TokenizerError.malformed(
                        source: name, place: "model.unk_token",
                        problem: "\"\(text)\" is not in the vocabulary")
                }
                return id
            },
            prefix: prefix, suffix: suffix, beginningOfSequence: id(roles?.bos_token),
            endOfSequence: id(roles?.eos_token).map { [$0] } ?? [], padding: id(roles?.pad_token),
            chatTemplateText: chatTemplate ?? roles?.chat_template?.text)
    }

    private static func decode<Value: Decodable>(
        _ type: Value.Type, _ data: Data, _ name: String
    ) throws(TokenizerError) -> Value {
        do {
            return try JSONDecoder().decode(type, from: data)
        } catch let error as DecodingError {
            throw .malformed(source: name, place: place(of: error), problem: problem(of: error))
        } catch {
            throw .malformed(source: name, place: "file", problem: "it is not JSON")
        }
    }

    private static func context(of error: DecodingError) -> DecodingError.Context? {
        switch error {
        case .typeMismatch(_, let context), .valueNotFound(_, let context),
            .keyNotFound(_, let context), .dataCorrupted(let context):
            context
        @unknown default: nil
        }
    }

    private static func place(of error: DecodingError) -> String {
        let path = context(of: error)?.codingPath ?? []
        return path.isEmpty ? "file" : path.map(\.stringValue).joined(separator: ".")
    }

    private static func problem(of error: DecodingError) -> String {
        if case .keyNotFound(let key, _) = error {
            return "the key \"\(key.stringValue)\" is missing"
        }
        return context(of: error)?.debugDescription ?? "it cannot be read"
    }
}

/// Checks the parts of a `tokenizer.json` and turns each into what a tokenizer needs.
struct TokenizerReader {
    /// The file, for messages.
    let source: String

    func unsupported(_ place: String, _ problem: String) -> TokenizerError {
        .unsupported(source: source, place: place, problem: problem)
    }

    func malformed(_ place: String, _ problem: String) -> TokenizerError {
        .malformed(source: source, place: place, problem: problem)
    }

    func requireByteLevel(_ model: TokenizerFile.Model) throws(TokenizerError) {
        if let type = model.type, type != "BPE" {
            throw unsupported(
                "model type \"\(type)\"", "only byte-level BPE (\"BPE\") tokenizers are read")
        }
        if model.byte_fallback == true {
            throw unsupported(
                "model.byte_fallback",
                "SentencePiece vocabularies with byte fallback (Llama 2, Mistral 7B, Gemma) are not"
                    + " byte-level BPE")
        }
        if let dropout = model.dropout, dropout != 0 {
            throw unsupported("model.dropout", "\(dropout) makes encoding random")
        }
        for (key, value) in [
            ("continuing_subword_prefix", model.continuing_subword_prefix),
            ("end_of_word_suffix", model.end_of_word_suffix),
        ] {
            if let value, !value.isEmpty {
                throw unsupported("model.\(key)", "\"\(value)\" has no place in byte-level BPE")
            }
        }
    }

    func addedTokens(
        _ tokens: [TokenizerFile.AddedToken]
    ) throws(TokenizerError) -> [TokenizerAddedToken] {
        var result: [TokenizerAddedToken] = []
        for (index, token) in tokens.enumerated() {
            let place = "added_tokens[\(index)]"
            if token.single_word == true {
                throw unsupported(
                    "\(place).single_word", "\"\(token.content)\" matches whole words")
            }
            guard let id = Int32(exactly: token.id), id >= 0 else {
                throw malformed(place, "id \(token.id) is not a token number")
            }
            let length = token.content.utf8.count
            guard (1 ... TokenizerAddedTokens.longestContent).contains(length) else {
                throw malformed(
                    place,
                    "its content has \(length) bytes; 1 to \(TokenizerAddedTokens.longestContent)"
                        + " are allowed")
            }
            result.append(
                TokenizerAddedToken(
                    id: id, content: token.content, isSpecial: token.special ?? false,
                    isNormalized: token.normalized ?? !(token.special ?? false),
                    stripsLeft: token.lstrip ?? false, stripsRight: token.rstrip ?? false))
        }
        return result
    }

    func normalization(
        _ component: TokenizerFile.Component?
    ) throws(TokenizerError) -> Tokenizer.Normalization {
        guard let component else { return .none }
        if component.type == "Sequence" {
            let parts = component.normalizers ?? []
            guard let first = parts.first else { return .none }
            if parts.count == 1 { return try normalization(first) }
        }
        guard component.type == "NFC" else {
            throw unsupported(
                "normalizer \"\(component.type)\"", "only NFC or no normalizer is understood")
        }
        return .composed
    }

    func checkDecoder(_ component: TokenizerFile.Component?) throws(TokenizerError) {
        guard let component else { return }
        if component.type == "Sequence", let only = component.decoders?.first,
            component.decoders?.count == 1
        {
            return try checkDecoder(only)
        }
        guard component.type == "ByteLevel" else {
            throw unsupported("decoder \"\(component.type)\"", "only ByteLevel is understood")
        }
    }

    /// The tokens a post-processor puts before and after one text.
    func template(
        _ component: TokenizerFile.Component?
    ) throws(TokenizerError) -> (prefix: [Int32], suffix: [Int32]) {
        guard let component else { return ([], []) }
        switch component.type {
        case "ByteLevel": return ([], [])
        case "Sequence":
            var result: (prefix: [Int32], suffix: [Int32]) = ([], [])
            for part in component.processors ?? [] {
                let (prefix, suffix) = try template(part)
                result = (prefix + result.prefix, result.suffix + suffix)
            }
            return result
        case "TemplateProcessing":
            var prefix: [Int32] = []
            var suffix: [Int32] = []
            var seenText = false
            for piece in component.single ?? [] {
                if piece.Sequence != nil { seenText = true }
                guard let name = piece.SpecialToken?.id else { continue }
                guard let ids = component.special_tokens?[name]?.ids else {
                    throw malformed(
                        "post_processor", "the special token \"\(name)\" has no entry")
                }
                let tokens = ids.compactMap { Int32(exactly: $0) }
                if seenText { suffix += tokens } else { prefix += tokens }
            }
            guard seenText else { throw malformed("post_processor", "it leaves out the text") }
            return (prefix, suffix)
        default:
            throw unsupported(
                "post_processor \"\(component.type)\"",
                "only ByteLevel and TemplateProcessing are understood")
        }
    }
}
