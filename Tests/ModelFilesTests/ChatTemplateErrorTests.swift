import ModelFiles
import Testing

/// Templates and conversations that are refused, and the sentence each gets.
struct ChatTemplateErrorTests {
    static let chatML = """
        {% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] \
        + '<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}\
        {{ '<|im_start|>assistant\n' }}{% endif %}
        """

    static let templates: [(text: String?, message: String)] = [
        (nil, "missing template: the model carries no chat template; choose one of chatml, qwen3,"),
        ("", "missing template"),
        ("{{ messages", "a tag or a string in the Jinja text is not closed"),
        ("{{ 'open }}", "a tag or a string in the Jinja text is not closed"),
        ("### User: {{ messages }}", "its text writes none of <|im_start|> (ChatML),"),
        (
            chatML.replacing("<|im_end|>", with: "<|im_sep|>"),
            "it looks like ChatML but writes or compares \"<|im_sep|>\", which ChatML does not"
        ),
        (
            chatML.replacing("message['content']", with: "message['content'] | trim"),
            "it looks like ChatML but uses \"trim\", which ChatML does not"
        ),
        (
            chatML.replacing("'<|im_start|>'", with: "strftime_now() + '<|im_start|>'"),
            "it looks like ChatML but uses \"strftime_now\""
        ),
        (
            chatML.replacing("{% for", with: "Today is a good day. {% for"),
            "it looks like ChatML but writes or compares \"Today is a good day. \""
        ),
        (
            chatML.replacing("add_generation_prompt", with: "true"),
            "it looks like ChatML but never uses \"add_generation_prompt\""
        ),
        (
            "{{ bos_token }}{% for message in messages %}{{ '[INST] ' + message['content']"
                + " + ' [/INST]' }}{{ '[INST]' }}{% endfor %}",
            "it looks like Mistral but writes [INST] and [/INST] in 2 and 1 spacings"
        ),
        (
            "{% for message in messages %}{{ '[SYSTEM_PROMPT] [INST]' }}{% endfor %}",
            "it looks like Mistral but writes or compares \"[SYSTEM_PROMPT] [INST]\""
        ),
    ]

    @Test(arguments: templates)
    func unknownTemplatesNameTheFirstDifference(_ example: (text: String?, message: String)) throws
    {
        let error = #expect(throws: ChatTemplateError.self) {
            try ChatTemplate(recognising: example.text)
        }
        let message = try #require(error).description
        #expect(message.contains(example.message), "\(message)")
    }

    @Test func differencesInToolBranchesDoNotMatter() throws {
        let text =
            "{% if tools %}{{ 'Use <|odd|> tools' }}{% elif custom_tools is defined %}{{ 'x' }}"
            + "{% else %}\(Self.chatML){% endif %}"
        #expect(
            try ChatTemplate(recognising: text).kind == .chatML(defaultSystemMessage: nil))
        // A negated condition runs without tools, so what it writes counts.
        #expect(throws: ChatTemplateError.self) {
            try ChatTemplate(
                recognising: "{% if not (messages and tools) %}{{ '<|odd|>' }}{% endif %}"
                    + Self.chatML)
        }
    }

    @Test func unknownNameListsTheKnownOnes() {
        #expect(throws: ChatTemplateError.self) { try ChatTemplate(named: "alpaca") }
    }

    static let conversations: [(template: String, roles: [ChatMessage.Role], message: String)] = [
        (
            "chatml", [],
            "the chatml chat template cannot render this conversation: it has no messages"
        ),
        ("gemma", [.system, .user], "it begins with a system message, which the template refuses"),
        ("gemma3", [.user, .user], "message 2 is from user where the template wants assistant"),
        (
            "gemma3", [.system, .assistant],
            "message 2 is from assistant where the template wants user"
        ),
        ("mistral-v1", [.system, .user], "it begins with a system message"),
        ("mistral-v2", [.user, .system], "message 2 is from system where the template wants"),
        ("mistral-v3", [.system, .user, .assistant], "the template loses a system message when"),
    ]

    @Test(arguments: conversations)
    func unsupportedConversationsAreRefused(
        _ example: (template: String, roles: [ChatMessage.Role], message: String)
    ) throws {
        let template = try ChatTemplate(named: example.template)
        let messages = example.roles.map { ChatMessage(role: $0, content: "x") }
        let error = #expect(throws: ChatTemplateError.self) { try template.render(messages) }
        let message = try #require(error).description
        #expect(message.contains(example.message), "\(message)")
    }

    @Test func rolesAreReadAndSuggested() throws {
        #expect(try ChatMessage.Role(parsing: "assistant") == .assistant)
        #expect(try ChatMessage.Role(parsing: "human") == .user)
        #expect(try ChatMessage.Role(parsing: "gpt") == .assistant)
        let error = #expect(throws: ChatTemplateError.self) {
            try ChatMessage.Role(parsing: "assitant")
        }
        #expect(
            error?.description
                == "unknown role \"assitant\": a role is system, user or assistant;"
                + " did you mean \"assistant\"?")
    }
}
