/// How a model writes a conversation as text.
///
/// Templates come as Jinja programs; this type recognises the published ones and renders them
/// itself, so that the exact bytes the model must generate are known. Others are refused.
package struct ChatTemplate: Sendable, Hashable {
    /// The published templates that are understood.
    package enum Kind: Sendable, Hashable {
        /// `<|im_start|>role … <|im_end|>`, with the system message used when a conversation has none.
        case chatML(defaultSystemMessage: String?)
        /// ChatML whose answers after the last user turn begin with a `<think>` block (Qwen3).
        case chatMLWithThinking
        /// Llama 3: headers, and content trimmed.
        case llama3
        /// Llama 3.1 and later: as Llama 3, and the system turn always begins with two date lines.
        ///
        /// Today's line is the template's own fallback, 26 Jul 2024, so that a run can be repeated;
        /// Llama 3.2's template would write the day of the run.
        case llama31
        /// Mistral's `[INST]`, in one of its spacings.
        case mistral(ChatTemplateMistralStyle)
        /// Gemma: turns of `user` and `model`, and what becomes of a system message.
        case gemma(GemmaSystemMessage)
    }

    /// What Gemma's templates do with a system message.
    package enum GemmaSystemMessage: String, Sendable, Hashable, CaseIterable {
        /// Gemma 1 and 2 raise an error.
        case refused
        /// Gemma 3 puts it before the first user turn's content.
        case folded
    }

    /// Which template it is.
    package let kind: Kind
    /// The text that begins a sequence, empty when the tokenizer has none.
    package let beginningOfSequence: String
    /// The text that ends a sequence, empty when the tokenizer has none.
    package let endOfSequence: String

    /// Makes a known template; the two texts are the tokenizer's `bos_token` and `eos_token`.
    package init(_ kind: Kind, beginningOfSequence: String = "", endOfSequence: String = "") {
        self.kind = kind
        self.beginningOfSequence = beginningOfSequence
        self.endOfSequence = endOfSequence
    }

    /// The name people know the template by.
    package var name: String {
        switch kind {
        case .chatML: "chatml"
        case .chatMLWithThinking: "qwen3"
        case .llama3: "llama3"
        case .llama31: "llama3.1"
        case .mistral(let style): style.name
        case .gemma(.refused): "gemma"
        case .gemma(.folded): "gemma3"
        }
    }

    /// One kind for each name; `chatml` has no default system message.
    static let knownKinds: [Kind] =
        [.chatML(defaultSystemMessage: nil), .chatMLWithThinking, .llama3, .llama31]
        + ChatTemplateMistralStyle.published.map { .mistral($0) }
        + GemmaSystemMessage.allCases.map { .gemma($0) }

    /// The names ``init(named:beginningOfSequence:endOfSequence:)`` takes.
    package static let knownNames: [String] = knownKinds.map { ChatTemplate($0).name }

    /// The template of a name from ``knownNames``.
    package init(
        named name: String, beginningOfSequence: String = "", endOfSequence: String = ""
    ) throws(ChatTemplateError) {
        guard let kind = Self.knownKinds.first(where: { ChatTemplate($0).name == name }) else {
            throw .unknownTemplate(
                reason: "no template is named \"\(name)\"; known are "
                    + Self.knownNames.joined(separator: ", "))
        }
        self.init(kind, beginningOfSequence: beginningOfSequence, endOfSequence: endOfSequence)
    }
}
