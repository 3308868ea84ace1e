import Foundation

extension Tokenizer {
    /// A Hugging Face `tokenizer.json` that gives equal ids.
    ///
    /// Refuses a vocabulary with two tokens of one text, which the format cannot hold.
    package func tokenizerJSON() throws(TokenizerError) -> Data {
        try requireDistinctTexts()
        var writer = TokenizerJSONWriter()
        writer.open("{")
        writer.member("version", text: "1.0")
        writer.member("truncation", raw: "null")
        writer.member("padding", raw: "null")
        writer.list("added_tokens", addedTokens.all.map(Self.addedTokenJSON))
        writer.member(
            "normalizer", raw: normalization == .composed ? #"{"type":"NFC"}"# : "null")
        writer.member("pre_tokenizer", raw: preTokenizerJSON)
        writer.member("post_processor", raw: postProcessorJSON)
        writer.member("decoder", raw: Self.byteLevelJSON(addsPrefixSpace: true, usesPattern: true))
        writer.key("model")
        writer.open("{")
        writer.member("type", text: "BPE")
        writer.member("dropout", raw: "null")
        writer.member("unk_token", raw: unknownToken.flatMap(text).map(jsonText) ?? "null")
        writer.member("continuing_subword_prefix", raw: "null")
        writer.member("end_of_word_suffix", raw: "null")
        writer.member("fuse_unk", raw: "false")
        writer.member("byte_fallback", raw: "false")
        writer.member("ignore_merges", raw: ignoresMerges ? "true" : "false")
        writer.key("vocab")
        writer.open("{")
        for (id, text) in texts.enumerated() {
            if let text { writer.member(text, raw: String(id)) }
        }
        writer.close("}")
        writer.list(
            "merges",
            merges.all.map {
                "[\(jsonText(token(of: $0.left) ?? "")),\(jsonText(token(of: $0.right) ?? ""))]"
            })
        writer.close("}")
        writer.close("}")
        return Data(writer.bytes)
    }

    /// A `tokenizer_config.json` that goes with ``tokenizerJSON()``: special tokens and template.
    package func tokenizerConfigurationJSON() -> Data {
        var writer = TokenizerJSONWriter()
        writer.open("{")
        writer.member("tokenizer_class", text: "PreTrainedTokenizerFast")
        writer.member("clean_up_tokenization_spaces", raw: "false")
        for (key, id) in [
            ("bos_token", beginningOfSequence), ("eos_token", endOfSequence.first),
            ("pad_token", padding), ("unk_token", unknownToken),
        ] {
            if let text = id.flatMap(text) { writer.member(key, text: text) }
        }
        if let chatTemplateText { writer.member("chat_template", text: chatTemplateText) }
        writer.close("}")
        return Data(writer.bytes)
    }

    private func requireDistinctTexts() throws(TokenizerError) {
        var seen = BytePairTable(minimumCapacity: texts.count)
        for (id, text) in texts.enumerated() {
            guard let text else { continue }
            let bytes = Array(text.utf8)
            guard seen.insert(bytes, bytes.indices) != nil else {
                throw .unsupported(
                    source: "tokenizer.json", place: "token \(id)",
                    problem: "an earlier token has the same text \(quoted(text))")
            }
        }
    }

    private static func addedTokenJSON(_ token: TokenizerAddedToken) -> String {
        "{\"id\":\(token.id),\"content\":\(jsonText(token.content)),\"single_word\":false,"
            + "\"lstrip\":\(token.stripsLeft),\"rstrip\":\(token.stripsRight),"
            + "\"normalized\":\(token.isNormalized),\"special\":\(token.isSpecial)}"
    }

    private static func byteLevelJSON(addsPrefixSpace: Bool, usesPattern: Bool) -> String {
        "{\"type\":\"ByteLevel\",\"add_prefix_space\":\(addsPrefixSpace),"
            + "\"trim_offsets\":false,\"use_regex\":\(usesPattern)}"
    }

    private var preTokenizerJSON: String {
        let usesPattern = preTokenizer.pattern == .gpt2
        var steps: [String] = []
        switch preTokenizer.digits {
        case .joined: break
        case .single: steps.append(#"{"type":"Digits","individual_digits":true}"#)
        case .runs: steps.append(#"{"type":"Digits","individual_digits":false}"#)
        }
        if !usesPattern {
            steps.append(
                "{\"type\":\"Split\",\"pattern\":{\"Regex\":"
                    + jsonText(preTokenizer.pattern.regularExpression)
                    + "},\"behavior\":\"Isolated\",\"invert\":false}")
        }
        steps.append(
            Self.byteLevelJSON(
                addsPrefixSpace: preTokenizer.addsPrefixSpace, usesPattern: usesPattern))
        return "{\"type\":\"Sequence\",\"pretokenizers\":[\(steps.joined(separator: ","))]}"
    }

    /// The tokens put around a text, as a template for one text and for two.
    private var postProcessorJSON: String {
        guard !(prefix + suffix).isEmpty else {
            return Self.byteLevelJSON(addsPrefixSpace: true, usesPattern: true)
        }
        func markers(_ ids: [Int32], _ type: Int) -> [String] {
            ids.map {
                "{\"SpecialToken\":{\"id\":\(jsonText(token(of: $0) ?? "")),\"type_id\":\(type)}}"
            }
        }
        func sequence(_ name: String, _ type: Int) -> [String] {
            markers(prefix, type) + ["{\"Sequence\":{\"id\":\"\(name)\",\"type_id\":\(type)}}"]
                + markers(suffix, type)
        }
        let single = sequence("A", 0).joined(separator: ",")
        let pair = (sequence("A", 0) + sequence("B", 1)).joined(separator: ",")
        let tokens = Set(prefix + suffix).sorted().map { id in
            let text = jsonText(token(of: id) ?? "")
            return "\(text):{\"id\":\(text),\"ids\":[\(id)],\"tokens\":[\(text)]}"
        }
        return "{\"type\":\"TemplateProcessing\",\"single\":[\(single)],\"pair\":[\(pair)],"
            + "\"special_tokens\":{\(tokens.joined(separator: ","))}}"
    }

    private func text(_ id: Int32) -> String? { token(of: id) }
}

/// A JSON string with its quotes.
private func jsonText(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": result += "\\\""
        case "\\": result += "\\\\"
        case "\n": result += "\\n"
        case "\r": result += "\\r"
        case "\t": result += "\\t"
        case _ where scalar.value < 0x20:
            let digits = String(scalar.value, radix: 16)
            result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result + "\""
}

/// Writes JSON members one to a line.
private struct TokenizerJSONWriter {
    private(set) var bytes: [UInt8] = []
    private var needsComma = false

    mutating func open(_ bracket: String) {
        append(bracket)
        needsComma = false
    }

    mutating func close(_ bracket: String) {
        append("\n" + bracket)
        needsComma = true
    }

    mutating func key(_ name: String) {
        append(needsComma ? ",\n" : "\n")
        append(jsonText(name) + ":")
    }

    mutating func member(_ name: String, raw: String) {
        key(name)
        append(raw)
        needsComma = true
    }

    mutating func member(_ name: String, text: String) { member(name, raw: jsonText(text)) }

    mutating func list(_ name: String, _ items: [String]) {
        member(name, raw: "[" + items.joined(separator: ",\n") + "]")
    }

    private mutating func append(_ text: String) { bytes += text.utf8 }
}
