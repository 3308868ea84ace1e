extension ChatTemplate {
    func writeGemma(
        _ messages: [ChatMessage], systemMessage: GemmaSystemMessage,
        to writer: inout ChatTemplateWriter
    ) throws(ChatTemplateError) {
        var turns = messages[...]
        var prefix = ""
        if let first = turns.first, first.role == .system {
            guard systemMessage == .folded else {
                throw unsupported("it begins with a system message, which the template refuses")
            }
            prefix = first.content + "\n\n"
            turns = turns.dropFirst()
        }
        try requireAlternation(turns)
        writer.write(beginningOfSequence)
        for (index, message) in turns.enumerated() {
            let content = strippedWhitespace(message.content)
            writer.write("<start_of_turn>\(message.role == .assistant ? "model" : "user")\n")
            if message.role == .assistant {
                writer.writeCompletion(content, ending: "<end_of_turn>")
            } else {
                writer.write((index == 0 ? prefix : "") + content + "<end_of_turn>")
            }
            writer.write("\n")
        }
    }

    /// Refuses turns that are not user, assistant, user, … from the first on.
    func requireAlternation(_ turns: ArraySlice<ChatMessage>) throws(ChatTemplateError) {
        for (index, message) in turns.enumerated() {
            let expected: ChatMessage.Role = index.isMultiple(of: 2) ? .user : .assistant
            guard message.role == expected else {
                throw unsupported(
                    "message \(turns.startIndex + index + 1) is from \(message.role.rawValue)"
                        + " where the template wants \(expected.rawValue)")
            }
        }
    }
}
