/// The spaces and rules in which Mistral's published templates differ.
package struct ChatTemplateMistralStyle: Sendable, Hashable {
    /// Where a system message goes.
    package enum SystemMessage: Sendable, Hashable {
        /// The template raises an error.
        case refused
        /// Before the first user turn's content.
        case firstUserTurn
        /// Before the last user turn's content.
        case lastUserTurn
        /// Before the last user turn's content if that turn is the last of all, else the template
        /// loses it.
        case closingUserTurn
    }

    /// What opens a user turn.
    package let opening: String
    /// What closes a user turn and asks for the answer.
    package let closing: String
    /// What stands before an answer; the model generates it.
    package let answerPrefix: String
    /// What follows the token that ends an answer.
    package let answerSuffix: String
    /// Whether white space around an answer is removed.
    package let trimsAnswers: Bool
    /// Where a system message goes.
    package let systemMessage: SystemMessage

    /// Mistral 7B Instruct v0.1 and Mixtral 8x7B as first published.
    static let version1 = Self(
        opening: "[INST] ", closing: " [/INST]", answerPrefix: "", answerSuffix: "",
        trimsAnswers: false, systemMessage: .refused)
    /// Mistral 7B Instruct v0.1 and v0.2, revised in 2024.
    static let version2 = Self(
        opening: " [INST] ", closing: " [/INST]", answerPrefix: " ", answerSuffix: "",
        trimsAnswers: false, systemMessage: .firstUserTurn)
    /// Mistral 7B Instruct v0.3 and Mistral Small 2409.
    static let version3 = Self(
        opening: "[INST] ", closing: "[/INST]", answerPrefix: " ", answerSuffix: "",
        trimsAnswers: false, systemMessage: .closingUserTurn)
    /// Mistral Nemo, whose tokenizer is tekken.
    static let version3Tekken = Self(
        opening: "[INST]", closing: "[/INST]", answerPrefix: "", answerSuffix: "",
        trimsAnswers: false, systemMessage: .closingUserTurn)

    /// The styles that have a name.
    static let published = [version1, version2, version3, version3Tekken]

    var name: String {
        switch self {
        case .version1: "mistral-v1"
        case .version2: "mistral-v2"
        case .version3: "mistral-v3"
        case .version3Tekken: "mistral-v3-tekken"
        default: "mistral"
        }
    }
}

extension ChatTemplate {
    func writeMistral(
        _ messages: [ChatMessage], style: ChatTemplateMistralStyle,
        to writer: inout ChatTemplateWriter
    ) throws(ChatTemplateError) {
        let system = messages.first?.role == .system ? messages.first : nil
        let turns = system == nil ? messages[...] : messages.dropFirst()
        try requireAlternation(turns)
        let carriers = try system == nil ? [] : systemCarriers(turns, style: style)
        writer.write(beginningOfSequence)
        for (index, message) in zip(turns.indices, turns) {
            if message.role == .assistant {
                let content =
                    style.trimsAnswers ? strippedWhitespace(message.content) : message.content
                writer.writeCompletion(style.answerPrefix + content, ending: endOfSequence)
                writer.write(style.answerSuffix)
            } else {
                let prefix = carriers.contains(index) ? (system?.content ?? "") + "\n\n" : ""
                writer.write(style.opening + prefix + message.content + style.closing)
            }
        }
    }

    /// The indices of the user turns that carry the system message.
    private func systemCarriers(
        _ turns: ArraySlice<ChatMessage>, style: ChatTemplateMistralStyle
    ) throws(ChatTemplateError) -> Set<Int> {
        switch style.systemMessage {
        case .refused:
            throw unsupported("it begins with a system message, which the template refuses")
        case .firstUserTurn:
            return Set(turns.indices.prefix(1))
        case .lastUserTurn:
            // The template compares messages, not positions: equal earlier turns carry it too.
            let last = turns.last { $0.role == .user }
            return Set(turns.indices.filter { turns[$0] == last })
        case .closingUserTurn:
            guard turns.last?.role == .user else {
                throw unsupported(
                    "the template loses a system message when the last message is the assistant's;"
                        + " put the instructions into the first user message")
            }
            return Set(turns.indices.suffix(1))
        }
    }
}
