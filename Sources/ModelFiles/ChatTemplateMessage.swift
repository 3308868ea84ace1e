import Quantities

/// One turn of a conversation.
package struct ChatMessage: Sendable, Hashable {
    /// Who speaks.
    package enum Role: String, Sendable, Hashable, CaseIterable {
        /// Instructions for the whole conversation; the first turn or none.
        case system
        /// The person.
        case user
        /// The model.
        case assistant
    }

    /// Who speaks.
    package let role: Role
    /// What is said, without any markers of a template.
    package let content: String

    /// Makes a turn.
    package init(role: Role, content: String) {
        self.role = role
        self.content = content
    }
}

extension ChatMessage.Role {
    /// Reads a role as data sets spell it; ShareGPT's "human" and "gpt" are understood.
    package init(parsing name: String) throws(ChatTemplateError) {
        switch name {
        case "human": self = .user
        case "gpt": self = .assistant
        default:
            guard let role = Self(rawValue: name) else {
                throw .unknownRole(
                    name, nearest: nearest(to: name, among: Self.allCases.map(\.rawValue)))
            }
            self = role
        }
    }
}

/// A conversation as the text a model is trained on.
package struct RenderedChat: Sendable, Hashable {
    /// The text, with the template's markers.
    package let text: String
    /// UTF-8 byte ranges of `text` that the model must generate, one for each assistant turn.
    ///
    /// Each range holds the turn's content and the marker that ends the turn, nothing after it.
    package let completionRanges: [Range<Int>]
}
