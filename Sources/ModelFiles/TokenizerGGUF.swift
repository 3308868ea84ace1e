extension Tokenizer {
    /// Reads the tokenizer in the metadata of a GGUF file.
    ///
    /// Keys: ggml's `docs/gguf.md`, "Tokenizer"; the names of pre-tokenizers are llama.cpp's.
    package init(_ file: GGUFFile) throws {
        let source = file.file.path
        let model = try file.string("tokenizer.ggml.model") ?? ""
        guard model == "gpt2" else {
            throw TokenizerError.unsupported(
                source: source, place: "tokenizer.ggml.model \(quoted(model))",
                problem: "only byte-level BPE (\"gpt2\") is read; \"llama\" is SentencePiece")
        }
        let style = try TokenizerGGUFStyle(
            named: file.string("tokenizer.ggml.pre") ?? "default", source: source)
        let texts = try Self.required(file, "tokenizer.ggml.tokens")
        var vocabulary = TokenizerVocabulary(source: source)
        try vocabulary.add(texts)
        let added = try Self.addedTokens(file, texts)
        func id(_ key: String) throws -> Int32? {
            guard let id = try file.int("tokenizer.ggml.\(key)") else { return nil }
            guard texts.indices.contains(id) else {
                throw TokenizerError.malformed(
                    source: source, place: "tokenizer.ggml.\(key)",
                    problem: "\(id) is not one of the \(texts.count) tokens")
            }
            return Int32(id)
        }
        func flag(_ key: String, default value: Bool) throws -> Bool {
            try file.bool("tokenizer.ggml.\(key)") ?? value
        }
        let begin = try id("bos_token_id")
        let end = try id("eos_token_id")
        var ends = [end, try id("eot_token_id")].compactMap { $0 }
        if ends.count == 2, ends[0] == ends[1] { ends.removeLast() }
        try self.init(
            vocabulary: vocabulary, merges: Self.merges(file, source), addedTokens: added,
            normalization: style.normalization, preTokenizer: style.preTokenizer,
            ignoresMerges: style.ignoresMerges, unknownToken: nil,
            prefix: try flag("add_bos_token", default: style.addsBeginning)
                ? [begin].compactMap { $0 } : [],
            suffix: try flag("add_eos_token", default: false) ? [end].compactMap { $0 } : [],
            beginningOfSequence: begin, endOfSequence: ends,
            padding: try id("padding_token_id"),
            chatTemplateText: try file.string("tokenizer.chat_template"))
    }

    private static func required(_ file: GGUFFile, _ key: String) throws -> [String] {
        guard let values = try file.strings(key) else {
            throw TokenizerError.malformed(
                source: file.file.path, place: key, problem: "the key is missing")
        }
        return values
    }

    /// Control tokens are markers; user-defined ones are text found as it stands.
    private static func addedTokens(
        _ file: GGUFFile, _ texts: [String]
    ) throws -> [TokenizerAddedToken] {
        let key = "tokenizer.ggml.token_type"
        guard let types = try file.int32s(key) else { return [] }
        guard types.count == texts.count else {
            throw TokenizerError.malformed(
                source: file.file.path, place: key,
                problem: "it has \(types.count) entries for \(texts.count) tokens")
        }
        let control: Int32 = 3
        let userDefined: Int32 = 4
        var added: [TokenizerAddedToken] = []
        for (id, (text, type)) in zip(texts, types).enumerated()
        where type == control || type == userDefined {
            let length = text.utf8.count
            guard (1 ... TokenizerAddedTokens.longestContent).contains(length) else {
                throw TokenizerError.malformed(
                    source: file.file.path, place: "tokenizer.ggml.tokens[\(id)]",
                    problem: "a marker has \(length) bytes;"
                        + " 1 to \(TokenizerAddedTokens.longestContent) are allowed")
            }
            added.append(
                TokenizerAddedToken(id: Int32(id), content: text, isSpecial: type == control))
        }
        return added
    }

    private static func merges(_ file: GGUFFile, _ source: String) throws -> [(String, String)] {
        try required(file, "tokenizer.ggml.merges").enumerated().map { index, line in
            guard let pair = TokenizerFile.Merges.pair(in: line) else {
                throw TokenizerError.malformed(
                    source: source, place: "tokenizer.ggml.merges[\(index)]",
                    problem: "\(quoted(line)) is not two tokens and a space")
            }
            return pair
        }
    }
}

/// What a pre-tokenizer's name in a GGUF file stands for.
struct TokenizerGGUFStyle {
    let preTokenizer: PreTokenizer
    let ignoresMerges: Bool
    let normalization: Tokenizer.Normalization
    /// Whether texts begin with the begin token when the file does not say.
    let addsBeginning: Bool

    /// Reads a name from `tokenizer.ggml.pre`.
    ///
    /// Qwen's own tokenizer composes text (NFC), which its GGUF files do not mention.
    init(named name: String, source: String) throws(TokenizerError) {
        switch name {
        case "gpt-2", "phi-2", "mpt", "olmo", "jais", "trillion":
            self.init(PreTokenizer(.gpt2))
        case "smollm", "starcoder", "refact", "command-r", "codeshell":
            self.init(PreTokenizer(.gpt2, digits: .single))
        case "llama3", "llama-v3", "llama-bpe", "falcon3":
            self.init(PreTokenizer(.llama3), ignoresMerges: true, addsBeginning: true)
        case "qwen2", "deepseek-r1-qwen":
            self.init(PreTokenizer(.qwen2), normalization: .composed)
        case "default":
            throw .unsupported(
                source: source, place: "tokenizer.ggml.pre \"default\"",
                problem: "it does not say how the model cuts text into words;"
                    + " give the model's tokenizer.json instead")
        default:
            throw .unsupported(
                source: source, place: "tokenizer.ggml.pre \(quoted(name))",
                problem: "known are gpt-2, smollm, llama-bpe, qwen2 and their relatives;"
                    + " give the model's tokenizer.json instead")
        }
    }

    private init(
        _ preTokenizer: PreTokenizer, ignoresMerges: Bool = false,
        normalization: Tokenizer.Normalization = .none, addsBeginning: Bool = false
    ) {
        self.preTokenizer = preTokenizer
        self.ignoresMerges = ignoresMerges
        self.normalization = normalization
        self.addsBeginning = addsBeginning
    }
}
