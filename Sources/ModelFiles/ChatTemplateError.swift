/// Why a chat template or a conversation cannot be used.
package enum ChatTemplateError: Error, Hashable {
    /// The model carries no template, and none is guessed.
    case missingTemplate
    /// The template's text matches none of the known ones.
    case unknownTemplate(reason: String)
    /// A role that no template knows, with the role that was probably meant.
    case unknownRole(String, nearest: String?)
    /// The conversation breaks a rule of the template.
    case unsupportedConversation(template: String, reason: String)
}

extension ChatTemplateError: CustomStringConvertible {
    /// One sentence for the person who chose the model or the data.
    package var description: String {
        switch self {
        case .missingTemplate:
            "missing template: the model carries no chat template; choose one of "
                + ChatTemplate.knownNames.joined(separator: ", ")
                + ", or give the data as prompt and completion text"
        case .unknownTemplate(let reason):
            "unknown chat template: \(reason)"
        case .unknownRole(let name, let nearest):
            "unknown role \"\(name)\": a role is system, user or assistant"
                + (nearest.map { "; did you mean \"\($0)\"?" } ?? "")
        case .unsupportedConversation(let template, let reason):
            "the \(template) chat template cannot render this conversation: \(reason)"
        }
    }
}
