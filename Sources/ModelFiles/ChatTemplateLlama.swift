extension ChatTemplate {
    static func llamaHeader(_ role: String) -> String {
        "<|start_header_id|>\(role)<|end_header_id|>\n\n"
    }

    func writeLlama3(_ messages: [ChatMessage], to writer: inout ChatTemplateWriter) {
        writer.write(beginningOfSequence)
        for message in messages { writeLlamaTurn(message, to: &writer) }
    }

    /// The date lines are those the template writes when it is given no date: fixed, not today's.
    func writeLlama31(_ messages: [ChatMessage], to writer: inout ChatTemplateWriter) {
        writer.write(beginningOfSequence)
        let hasSystemMessage = messages.first?.role == .system
        let system = hasSystemMessage ? strippedWhitespace(messages[0].content) : ""
        writer.write(Self.llamaHeader("system"))
        writer.write("Cutting Knowledge Date: December 2023\nToday Date: 26 Jul 2024\n\n")
        writer.write(system + "<|eot_id|>")
        for message in hasSystemMessage ? messages[1...] : messages[...] {
            writeLlamaTurn(message, to: &writer)
        }
    }

    private func writeLlamaTurn(_ message: ChatMessage, to writer: inout ChatTemplateWriter) {
        writer.write(Self.llamaHeader(message.role.rawValue))
        let content = strippedWhitespace(message.content)
        if message.role == .assistant {
            writer.writeCompletion(content, ending: "<|eot_id|>")
        } else {
            writer.write(content + "<|eot_id|>")
        }
    }
}

/// The text without white space at both ends, as Jinja's `trim`, which is Python's `str.strip`.
func strippedWhitespace(_ text: String) -> String {
    var scalars = Substring(text).unicodeScalars.drop(while: isPythonWhitespace)
    while let last = scalars.last, isPythonWhitespace(last) { scalars.removeLast() }
    return String(scalars)
}

/// Python's `str.isspace` for one scalar: Unicode white space and four separators of ASCII.
private func isPythonWhitespace(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isWhitespace || (0x1C ... 0x1F).contains(scalar.value)
}
