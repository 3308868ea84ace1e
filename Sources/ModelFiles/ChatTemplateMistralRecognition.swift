extension ChatTemplate {
    static func mistral(_ source: ChatTemplateSource) throws(ChatTemplateError) -> Kind {
        try require(
            source, like: "Mistral", literals: mistralLiterals, names: mistralNames)
        let literals = Set(source.literals)
        let openings = literals.intersection(["[INST] ", " [INST] ", "[INST]"])
        let closings = literals.intersection([" [/INST]", "[/INST]"])
        guard openings.count == 1, let opening = openings.first, closings.count == 1,
            let closing = closings.first
        else {
            throw .unknownTemplate(
                reason: "it looks like Mistral but writes [INST] and [/INST] in"
                    + " \(openings.count) and \(closings.count) spacings")
        }
        let space = ChatTemplateSource.Token.literal(" ")
        return .mistral(
            ChatTemplateMistralStyle(
                opening: opening, closing: closing,
                answerPrefix: source.contains([space, .name("message")]) ? " " : "",
                answerSuffix: source.contains([.name("eos_token"), space]) ? " " : "",
                trimsAnswers: source.names.contains("trim"),
                systemMessage: try systemMessage(in: source)))
    }

    /// Where the template writes `system_message`, by the condition before it.
    private static func systemMessage(
        in source: ChatTemplateSource
    ) throws(ChatTemplateError) -> ChatTemplateMistralStyle.SystemMessage {
        guard source.names.contains("system_message") else { return .refused }
        func isGuarded(by condition: [String]) -> Bool {
            source.contains(
                (["if"] + condition + ["and", "system_message", "is", "defined"]).map {
                    .name($0)
                })
        }
        if isGuarded(by: ["loop", "first"]) { return .firstUserTurn }
        if isGuarded(by: ["loop", "last"]) { return .closingUserTurn }
        if isGuarded(by: ["message", "user_messages"]) { return .lastUserTurn }
        throw .unknownTemplate(
            reason: "it looks like Mistral but places the system message in a way Mistral does not")
    }

    private static let mistralLiterals: Set<String> = [
        "role", "content", "system", "user", "assistant", "[INST] ", " [INST] ", "[INST]",
        " [/INST]", "[/INST]", " ", "\n\n", "equalto", "tool", "tool_results", "tool_calls",
        "undefined",
        "Conversation roles must alternate user/assistant/user/assistant/...",
        "After the optional system message, conversation roles must alternate"
            + " user/assistant/user/assistant/...",
        "Only user and assistant roles are supported!",
        "Only user and assistant roles are supported, with the exception of an initial optional"
            + " system message!",
    ]

    private static let mistralNames: Set<String> = [
        "system_message", "raise_exception", "user_messages", "selectattr", "rejectattr", "list",
        "ns", "namespace", "index", "tool_calls", "trim",
    ]
}
