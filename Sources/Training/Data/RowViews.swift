import ModelFiles

extension DataRow.Content {
    /// The row as turns for a chat template: what is read and what is learnt.
    ///
    /// Strings become a user's and an assistant's turn; raw text and pairs have no such view.
    package var turns: (prompt: [ChatMessage], response: [ChatMessage])? {
        switch self {
        case .conversation(let prompt, let response): return (prompt, response)
        case .completion(let prompt, let completion):
            return ([.user(prompt)], [.assistant(completion)])
        case .instruction(let instruction, let input, let output):
            return ([.user(Self.request(instruction, input))], [.assistant(output)])
        case .preference, .preferenceText, .text: return nil
        }
    }

    /// The row as a prompt and what follows it, for a model without a chat template.
    ///
    /// An instruction gets the section headings of the Alpaca data set; conversations have no such
    /// view.
    package var plainText: (prompt: String, response: String)? {
        switch self {
        case .completion(let prompt, let completion): return (prompt, completion)
        case .instruction(let instruction, let input, let output):
            let middle = input.map { "### Input:\n\($0)\n\n" } ?? ""
            return ("### Instruction:\n\(instruction)\n\n\(middle)### Response:\n", output)
        case .conversation, .preference, .preferenceText, .text: return nil
        }
    }

    /// The pair as turns for a chat template.
    package var pairTurns: (prompt: [ChatMessage], chosen: [ChatMessage], rejected: [ChatMessage])?
    {
        switch self {
        case .preference(let prompt, let chosen, let rejected): return (prompt, chosen, rejected)
        case .preferenceText(let prompt, let chosen, let rejected):
            return ([.user(prompt)], [.assistant(chosen)], [.assistant(rejected)])
        case .conversation, .completion, .instruction, .text: return nil
        }
    }

    /// The pair as strings, for a model without a chat template.
    package var pairText: (prompt: String, chosen: String, rejected: String)? {
        guard case .preferenceText(let prompt, let chosen, let rejected) = self else { return nil }
        return (prompt, chosen, rejected)
    }
}

extension ChatMessage {
    /// A turn of the user.
    static func user(_ content: String) -> ChatMessage {
        ChatMessage(role: .user, content: content)
    }
    /// A turn of the assistant.
    static func assistant(_ content: String) -> ChatMessage {
        ChatMessage(role: .assistant, content: content)
    }
}
