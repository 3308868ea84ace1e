extension ChatTemplate {
    func writeChatML(
        _ messages: [ChatMessage], defaultSystemMessage: String?,
        to writer: inout ChatTemplateWriter
    ) {
        if let defaultSystemMessage, messages.first?.role != .system {
            writeChatMLTurn(
                ChatMessage(role: .system, content: defaultSystemMessage), to: &writer)
        }
        for message in messages { writeChatMLTurn(message, to: &writer) }
    }

    private func writeChatMLTurn(_ message: ChatMessage, to writer: inout ChatTemplateWriter) {
        writer.write("<|im_start|>\(message.role.rawValue)\n")
        if message.role == .assistant {
            writer.writeCompletion(message.content, ending: "<|im_end|>")
        } else {
            writer.write(message.content + "<|im_end|>")
        }
        writer.write("\n")
    }

    /// Qwen3 without tools: reasoning inside earlier answers is dropped, the last answer keeps it.
    func writeChatMLWithThinking(
        _ messages: [ChatMessage], to writer: inout ChatTemplateWriter
    ) {
        let lastQuery = Self.lastQuery(of: messages)
        for (index, message) in messages.enumerated() {
            guard message.role == .assistant else {
                writeChatMLTurn(message, to: &writer)
                continue
            }
            let answer = Self.reasonedAnswer(message.content)
            let isLast = index == messages.count - 1
            var content = answer.content
            if index > lastQuery, isLast || !answer.reasoning.isEmpty {
                content =
                    "<think>\n" + strippedNewlines(answer.reasoning, trailing: true)
                    + "\n</think>\n\n" + strippedNewlines(answer.content, trailing: false)
            }
            writeChatMLTurn(ChatMessage(role: .assistant, content: content), to: &writer)
        }
    }

    /// The last user turn that is not a tool's response; the last turn when there is none.
    private static func lastQuery(of messages: [ChatMessage]) -> Int {
        messages.lastIndex {
            guard $0.role == .user else { return false }
            let bytes = Array($0.content.utf8)
            return
                !(bytes.starts(with: "<tool_response>".utf8)
                && bytes.reversed().starts(with: "</tool_response>".utf8.reversed()))
        } ?? messages.count - 1
    }

    /// Splits an answer at its last `</think>`.
    private static func reasonedAnswer(
        _ content: String
    ) -> (reasoning: String, content: String) {
        let parts = split(content, at: "</think>")
        guard parts.count > 1, let first = parts.first, let last = parts.last else {
            return ("", content)
        }
        let head = strippedNewlines(first, leading: false, trailing: true)
        let reasoning = split(head, at: "<think>").last ?? ""
        return (
            strippedNewlines(reasoning, trailing: false), strippedNewlines(last, trailing: false)
        )
    }
}

/// Python's `text.split(marker)`, on bytes: a combining mark after the marker changes nothing.
private func split(_ text: String, at marker: String) -> [String] {
    let bytes = Array(text.utf8)
    let marker = Array(marker.utf8)
    var parts: [String] = []
    var start = 0
    var index = 0
    while index + marker.count <= bytes.count {
        if bytes[index ..< index + marker.count].elementsEqual(marker) {
            parts.append(String(decoding: bytes[start ..< index], as: UTF8.self))
            index += marker.count
            start = index
        } else {
            index += 1
        }
    }
    parts.append(String(decoding: bytes[start...], as: UTF8.self))
    return parts
}

private func strippedNewlines(
    _ text: String, leading: Bool = true, trailing: Bool
) -> String {
    var scalars = Substring(text).unicodeScalars
    if leading { scalars = scalars.drop { $0 == "\n" } }
    if trailing { while scalars.last == "\n" { scalars.removeLast() } }
    return String(scalars)
}
