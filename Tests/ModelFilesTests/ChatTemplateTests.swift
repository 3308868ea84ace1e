import Foundation
import ModelFiles
import Testing

/// Rendered conversations equal to those of transformers, and what the model must generate.
struct ChatTemplateTests {
    static let kinds: [(file: String, name: String)] = [
        ("chatml", "chatml"), ("smollm2", "chatml"), ("qwen2", "chatml"), ("qwen2.5", "chatml"),
        ("qwen3-2507", "chatml"), ("qwen3", "qwen3"), ("llama3", "llama3"),
        ("llama3.1", "llama3.1"), ("llama3.2", "llama3.1"), ("gemma", "gemma"),
        ("gemma3", "gemma3"), ("mistral-v1", "mistral-v1"), ("mistral-v1-spaced", "mistral"),
        ("mistral-v2", "mistral-v2"), ("mistral-large-2407", "mistral-v3"),
        ("mistral-7b-v0.3", "mistral"), ("mistral-nemo", "mistral-v3-tekken"),
    ]

    @Test(arguments: kinds)
    func rendersAsTransformersDoes(_ kind: (file: String, name: String)) throws {
        let golden = try ChatTemplateGolden.read()
        let expected = try #require(golden.templates[kind.file])
        let template = try ChatTemplate(
            recognising: ChatTemplateGolden.text(kind.file), beginningOfSequence: expected.bos,
            endOfSequence: expected.eos)
        #expect(template.name == kind.name)
        var compared = 0
        for (messages, expected) in zip(golden.conversations, expected.cases) {
            for (text, prompt) in [(expected.text, false), (expected.textWithPrompt, true)] {
                do {
                    let rendered = try template.render(messages, addGenerationPrompt: prompt)
                    #expect(text.map { isSame(rendered.text, $0) } == true, "\(messages)")
                    compared += 1
                    guard !prompt else { continue }
                    checkRanges(rendered, messages)
                    if let completion = expected.completion {
                        try checkLast(rendered, completion: completion, template)
                    }
                } catch let error as ChatTemplateError {
                    // Refusals are the template's own errors, or a system message it would lose.
                    let loses = error.description.contains("loses a system message")
                    #expect(text == nil || loses, "\(error) for \(messages)")
                }
            }
        }
        #expect(compared >= 20)
    }

    private func checkRanges(_ rendered: RenderedChat, _ messages: [ChatMessage]) {
        #expect(rendered.completionRanges.count == messages.count { $0.role == .assistant })
        var end = 0
        for range in rendered.completionRanges {
            #expect(range.lowerBound >= end)
            end = range.upperBound
        }
        #expect(end <= rendered.text.utf8.count)
    }

    /// The last answer with its ending is what follows the prompt, but for white space after it.
    private func checkLast(
        _ rendered: RenderedChat, completion: String, _ template: ChatTemplate
    ) throws {
        let range = try #require(rendered.completionRanges.last)
        let bytes = Array(rendered.text.utf8)
        let generated = Array(bytes[range])
        let after = String(decoding: bytes[range.upperBound...], as: UTF8.self)
        #expect(["", "\n", " "].contains(after))
        #expect(generated + Array(after.utf8) == Array(completion.utf8))
        let endings = ["<|im_end|>", "<|eot_id|>", "<end_of_turn>", "</s>"]
        #expect(endings.contains { generated.suffix($0.utf8.count).elementsEqual($0.utf8) })
    }

    @Test(arguments: ChatTemplate.knownNames)
    func everyKnownNameMakesATemplate(_ name: String) throws {
        let template = try ChatTemplate(named: name)
        #expect(template.name == name)
        let rendered = try template.render([
            ChatMessage(role: .user, content: "Hi"), ChatMessage(role: .assistant, content: "Ho"),
        ])
        #expect(rendered.completionRanges.count == 1)
    }

    @Test func completionOfChatMLIsTheAnswerAndItsEnd() throws {
        let template = ChatTemplate(.chatML(defaultSystemMessage: "Be kind."))
        let rendered = try template.render([
            ChatMessage(role: .user, content: "Hi"), ChatMessage(role: .assistant, content: "Ho"),
        ])
        #expect(
            rendered.text
                == "<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n"
                + "<|im_start|>assistant\nHo<|im_end|>\n")
        #expect(rendered.completionRanges == [90 ..< 102])
    }
}

/// What `Tests/Golden/chat_templates.py` wrote.
struct ChatTemplateGolden: Decodable {
    struct Case: Decodable {
        let text: String?
        let textWithPrompt: String?
        let completion: String?

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer().decode([String?].self)
            (text, textWithPrompt, completion) = (container[0], container[1], container[2])
        }
    }

    struct Template: Decodable {
        let bos: String
        let eos: String
        let cases: [Case]
    }

    private struct Message: Decodable {
        let role: String
        let content: String
    }

    private enum CodingKeys: CodingKey {
        case conversations, templates
    }

    let conversations: [[ChatMessage]]
    let templates: [String: Template]

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        conversations = try container.decode([[Message]].self, forKey: .conversations).map {
            try $0.map {
                try ChatMessage(role: ChatMessage.Role(parsing: $0.role), content: $0.content)
            }
        }
        templates = try container.decode([String: Template].self, forKey: .templates)
    }

    static func read() throws -> Self {
        try JSONDecoder().decode(
            Self.self, from: TokenizerFixture.data("templates/chat-templates.golden.json"))
    }

    static func text(_ name: String) throws -> String {
        String(decoding: try TokenizerFixture.data("templates/\(name).jinja"), as: UTF8.self)
    }
}
