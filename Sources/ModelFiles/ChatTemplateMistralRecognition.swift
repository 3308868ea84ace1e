extension ChatTemplate {
    static func mistral(_ source: ChatTemplateSource) throws(ChatTemplateError) -> Kind {
        throw .unknownTemplate(reason: "Mistral")
    }
}
