extension ChatTemplate {
    /// Writes a conversation as the model's template does.
    ///
    /// `addGenerationPrompt` adds the marker that opens an assistant turn.
    package func render(
        _ messages: [ChatMessage], addGenerationPrompt: Bool = false
    ) throws(ChatTemplateError) -> RenderedChat {
        guard !messages.isEmpty else { throw unsupported("it has no messages") }
        var writer = ChatTemplateWriter()
        switch kind {
        case .chatML(let defaultSystemMessage):
            writeChatML(messages, defaultSystemMessage: defaultSystemMessage, to: &writer)
            if addGenerationPrompt { writer.write("<|im_start|>assistant\n") }
        case .chatMLWithThinking:
            writeChatMLWithThinking(messages, to: &writer)
            if addGenerationPrompt { writer.write("<|im_start|>assistant\n") }
        case .llama3:
            writeLlama3(messages, to: &writer)
            if addGenerationPrompt { writer.write(Self.llamaHeader("assistant")) }
        case .llama31:
            writeLlama31(messages, to: &writer)
            if addGenerationPrompt { writer.write(Self.llamaHeader("assistant")) }
        case .mistral(let style):
            // A user turn ends with the marker that opens the answer, so there is no prompt to add.
            try writeMistral(messages, style: style, to: &writer)
        case .gemma(let systemMessage):
            try writeGemma(messages, systemMessage: systemMessage, to: &writer)
            if addGenerationPrompt { writer.write("<start_of_turn>model\n") }
        }
        return RenderedChat(text: writer.text, completionRanges: writer.completionRanges)
    }

    func unsupported(_ reason: String) -> ChatTemplateError {
        .unsupportedConversation(template: name, reason: reason)
    }
}

/// Collects text and the ranges the model must generate.
struct ChatTemplateWriter {
    private(set) var text = ""
    private(set) var completionRanges: [Range<Int>] = []

    mutating func write(_ piece: String) { text += piece }

    /// Writes what the model must generate: an answer and the marker that ends its turn.
    mutating func writeCompletion(_ content: String, ending: String) {
        let start = text.utf8.count
        text += content
        text += ending
        completionRanges.append(start ..< text.utf8.count)
    }
}
