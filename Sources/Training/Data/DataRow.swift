import ModelFiles

/// One row of a data set.
package struct DataRow: Sendable, Hashable {
    /// The line of the file on which the row starts, counted from 1.
    package let line: Int
    /// What the row says.
    package let content: Content

    package init(line: Int, content: Content) {
        self.line = line
        self.content = content
    }

    /// What one row teaches.
    package enum Content: Sendable, Hashable {
        /// A conversation: the assistant's turns of `response` are learnt, `prompt` is only read.
        ///
        /// The `messages` format has an empty `prompt`.
        case conversation(prompt: [ChatMessage], response: [ChatMessage])
        /// Two strings, of which the completion is learnt.
        case completion(prompt: String, completion: String)
        /// An instruction, what it applies to, and the output to learn.
        case instruction(String, input: String?, output: String)
        /// Two continuations of a conversation, the first preferred.
        case preference(prompt: [ChatMessage], chosen: [ChatMessage], rejected: [ChatMessage])
        /// Two continuations of a string, the first preferred.
        case preferenceText(prompt: String, chosen: String, rejected: String)
        /// A document; all of it is learnt.
        case text(String)
    }
}

extension DataRow.Content {
    /// What identifies the prompt: rows with equal keys stay on one side of a split.
    ///
    /// The turns before the first assistant turn that is learnt; a document is its own key.
    package var promptKey: String {
        switch self {
        case .conversation(let prompt, let response):
            let opening = response.prefix { $0.role != .assistant }
            return Self.key(of: prompt + opening)
        case .completion(let prompt, _): return prompt
        case .instruction(let instruction, let input, _):
            return Self.request(instruction, input)
        case .preference(let prompt, _, _): return Self.key(of: prompt)
        case .preferenceText(let prompt, _, _): return prompt
        case .text(let text): return text
        }
    }

    /// What identifies everything that the row teaches, the prompt left out.
    package var responseKey: String {
        switch self {
        case .conversation(_, let response):
            return Self.key(of: response.drop { $0.role != .assistant })
        case .completion(_, let completion): return completion
        case .instruction(_, _, let output): return output
        case .preference(_, let chosen, let rejected):
            return Self.key(of: chosen) + "\u{1D}" + Self.key(of: rejected)
        case .preferenceText(_, let chosen, let rejected): return chosen + "\u{1D}" + rejected
        case .text: return ""
        }
    }

    /// The user's turn of an instruction row: the input follows after a blank line.
    package static func request(_ instruction: String, _ input: String?) -> String {
        input.map { "\(instruction)\n\n\($0)" } ?? instruction
    }

    // A single user turn has the key of the bare string, so that one prompt written in two ways is
    // one prompt; the separators are control characters that text does not hold.
    private static func key(of messages: some Collection<ChatMessage>) -> String {
        if messages.count == 1, let only = messages.first, only.role == .user {
            return only.content
        }
        return messages.map { "\($0.role.rawValue)\u{1F}\($0.content)" }
            .joined(separator: "\u{1E}")
    }
}
