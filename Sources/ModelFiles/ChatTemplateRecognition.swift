extension ChatTemplate {
    /// Recognises the template a model carries by what its Jinja text writes.
    ///
    /// `text` is nil when the model has none; the other two are the tokenizer's `bos_token` and
    /// `eos_token`.
    package init(
        recognising text: String?, beginningOfSequence: String? = nil,
        endOfSequence: String? = nil
    ) throws(ChatTemplateError) {
        guard let text, !text.isEmpty else { throw .missingTemplate }
        guard let source = ChatTemplateSource(text) else {
            throw .unknownTemplate(reason: "a tag or a string in the Jinja text is not closed")
        }
        let kind = try Self.kind(of: source)
        self.init(
            kind, beginningOfSequence: beginningOfSequence ?? "",
            endOfSequence: endOfSequence ?? "")
    }

    private static func kind(of source: ChatTemplateSource) throws(ChatTemplateError) -> Kind {
        let written = source.literals.joined(separator: "\u{0}")
        if written.contains("<|im_start|>") { return try chatML(source) }
        if written.contains("<|start_header_id|>") { return try llama(source) }
        if written.contains("[INST]") { return try mistral(source) }
        if written.contains("<start_of_turn>") { return try gemma(source) }
        throw .unknownTemplate(
            reason: "its text writes none of <|im_start|> (ChatML), <|start_header_id|> (Llama 3),"
                + " [INST] (Mistral) and <start_of_turn> (Gemma)")
    }

    /// Refuses a template that writes or reads something the known ones do not.
    static func require(
        _ source: ChatTemplateSource, like family: String, literals: Set<String>,
        names: Set<String>
    ) throws(ChatTemplateError) {
        if let literal = source.literals.first(where: { !literals.contains($0) }) {
            throw .unknownTemplate(
                reason: "it looks like \(family) but writes or compares"
                    + " \(quotedStart(of: literal)), which \(family) does not")
        }
        let known = names.union(commonNames)
        if let name = source.names.first(where: { !known.contains($0) }) {
            throw .unknownTemplate(
                reason: "it looks like \(family) but uses \"\(name)\", which \(family) does not")
        }
        for needed in ["messages", "message", "add_generation_prompt"]
        where !source.names.contains(needed) {
            if needed == "add_generation_prompt", family == "Mistral" { continue }
            throw .unknownTemplate(
                reason: "it looks like \(family) but never uses \"\(needed)\"")
        }
    }

    private static func quotedStart(of literal: String) -> String {
        let start = literal.prefix(60)
        return "\"" + start.replacing("\n", with: "\\n") + (start == literal ? "\"" : "…\"")
    }

    private static let commonNames: Set<String> = [
        "if", "elif", "else", "endif", "for", "endfor", "in", "set", "and", "or", "not", "is",
        "messages", "message", "loop_messages", "loop", "first", "last", "index0", "role",
        "content", "add_generation_prompt", "bos_token", "eos_token", "defined", "none", "string",
        "tools", "true", "false", "generation", "endgeneration",
    ]

    private static func chatML(_ source: ChatTemplateSource) throws(ChatTemplateError) -> Kind {
        var defaults: [String: String] = [:]
        for literal in source.literals {
            if let message = defaultSystemMessage(in: literal) { defaults[literal] = message }
        }
        let rest = source.removing(literals: Set(defaults.keys))
        guard defaults.count <= 1 else {
            throw .unknownTemplate(
                reason: "it looks like ChatML but has \(defaults.count) default system messages")
        }
        let thinks = rest.literals.contains { $0.contains("</think>") }
        try require(
            rest, like: thinks ? "Qwen3's ChatML" : "ChatML",
            literals: chatMLLiterals.union(thinks ? thinkingLiterals : []),
            names: thinks ? thinkingNames : ["tool_calls"])
        guard thinks else { return .chatML(defaultSystemMessage: defaults.values.first) }
        guard defaults.isEmpty, rest.literals.contains("<think>") else {
            throw .unknownTemplate(
                reason: "it looks like Qwen3's ChatML but does not keep and drop reasoning as that")
        }
        return .chatMLWithThinking
    }

    /// The message in `<|im_start|>system\n…<|im_end|>\n`.
    private static func defaultSystemMessage(in literal: String) -> String? {
        let opening = "<|im_start|>system\n"
        let ending = "<|im_end|>\n"
        guard literal.hasPrefix(opening), literal.hasSuffix(ending),
            literal.count > opening.count + ending.count
        else { return nil }
        let message = literal.dropFirst(opening.count).dropLast(ending.count)
        return message.contains("<|") ? nil : String(message)
    }

    private static let chatMLLiterals: Set<String> = [
        "<|im_start|>", "<|im_end|>", "\n", "<|im_end|>\n", "<|im_start|>system\n",
        "<|im_start|>assistant\n", "<|im_start|>user\n", "system", "user", "assistant", "role",
        "content", "",
    ]

    private static let thinkingLiterals: Set<String> = [
        "<think>", "</think>", "\n<think>\n", "\n</think>\n\n", "<think>\n\n</think>\n\n",
        "<tool_response>", "</tool_response>",
    ]

    private static let thinkingNames: Set<String> = [
        "tool_calls",
        "ns", "namespace", "multi_step_tool", "last_query_index", "length", "index", "startswith",
        "endswith", "reasoning_content", "split", "rstrip", "lstrip", "strip", "enable_thinking",
        "reverse",
    ]

    private static func llama(_ source: ChatTemplateSource) throws(ChatTemplateError) -> Kind {
        let dated = source.literals.contains { $0.hasPrefix("Cutting Knowledge Date") }
        try require(
            source, like: dated ? "Llama 3.1" : "Llama 3",
            literals: llamaLiterals.union(dated ? datedLiterals : []),
            names: dated ? datedNames : ["trim"])
        guard source.names.contains("trim") else {
            throw .unknownTemplate(
                reason: "it looks like Llama 3 but does not trim the messages, which Llama 3 does")
        }
        return dated ? .llama31 : .llama3
    }

    private static let llamaLiterals: Set<String> = [
        "<|start_header_id|>", "<|end_header_id|>\n\n", "<|eot_id|>", "role", "content",
        "<|start_header_id|>assistant<|end_header_id|>\n\n",
    ]

    private static let datedLiterals: Set<String> = [
        "<|start_header_id|>system<|end_header_id|>\n\n", "system", "",
        "Cutting Knowledge Date: December 2023\n", "Today Date: ", "\n\n", "26 Jul 2024",
        "%d %b %Y", "ipython", "tool", "tool_calls",
    ]

    private static let datedNames: Set<String> = [
        "trim",
        "tools_in_user_message", "date_string", "system_message", "custom_tools", "strftime_now",
    ]

    private static func gemma(_ source: ChatTemplateSource) throws(ChatTemplateError) -> Kind {
        let folds = source.names.contains("first_user_prefix")
        try require(
            source, like: folds ? "Gemma 3" : "Gemma",
            literals: gemmaLiterals.union(folds ? foldingLiterals : []),
            names: folds ? foldingNames : ["trim", "raise_exception"])
        guard folds || source.literals.contains("System role not supported") else {
            throw .unknownTemplate(
                reason: "it looks like Gemma but neither folds nor refuses a system message")
        }
        return .gemma(folds ? .folded : .refused)
    }

    private static let alternationMessage =
        "Conversation roles must alternate user/assistant/user/assistant/..."

    private static let gemmaLiterals: Set<String> = [
        "role", "system", "System role not supported", "user", alternationMessage, "assistant",
        "model", "<start_of_turn>", "\n", "content", "<end_of_turn>\n", "<start_of_turn>model\n",
    ]

    private static let foldingLiterals: Set<String> = [
        "text", "\n\n", "", "type", "image", "<start_of_image>", "Invalid content type",
    ]

    private static let foldingNames: Set<String> = [
        "trim", "raise_exception", "first_user_prefix", "iterable", "item",
    ]
}
