import ModelFiles

/// A token and the bytes of the text it stands for.
package struct PlacedToken: Sendable, Hashable {
    /// The token's identifier.
    package let token: Int32
    /// Its UTF-8 bytes in the text; empty where a token stands for none.
    package let bytes: Range<Int>

    package init(_ token: Int32, bytes: Range<Int>) {
        self.token = token
        self.bytes = bytes
    }
}

/// How rows become text and text becomes tokens.
package struct TextCoding: Sendable {
    /// Splits text into tokens; when told so, with those that begin and end a text by itself.
    package let encode: @Sendable (String, _ isWhole: Bool) throws -> [PlacedToken]
    /// Lays out a conversation; nil for plain text.
    package let template: ChatTemplate?
    /// The token after a completion or a document, where the model has one.
    package let endOfSequence: Int32?

    package init(
        encode: @escaping @Sendable (String, _ isWhole: Bool) throws -> [PlacedToken],
        template: ChatTemplate?, endOfSequence: Int32?
    ) {
        self.encode = encode
        self.template = template
        self.endOfSequence = endOfSequence
    }
}

extension TextCoding {
    /// The coding of a base model: through its chat template where it has one, else plain text.
    ///
    /// `style` overrides the choice. Text that spells a special token becomes that token, as in
    /// TRL's trainers; a chat template writes the token that begins a sequence itself, and plain
    /// text gets the one that the tokenizer adds.
    package init(_ tokenizer: Tokenizer, style: PromptStyle? = nil) throws(ChatTemplateError) {
        let hasTemplate = tokenizer.chatTemplateText != nil
        switch style ?? (hasTemplate ? .chat : .plain) {
        case .chat: self.init(tokenizer, template: try tokenizer.chatTemplate())
        case .plain: self.init(tokenizer, template: nil)
        }
    }

    /// The coding through a given chat template, or of plain text without one.
    package init(_ tokenizer: Tokenizer, template: ChatTemplate?) {
        self.init(
            encode: { text, isWhole in
                tokenizer.encodeWithOffsets(text, addSpecialTokens: isWhole)
                    .map { PlacedToken($0.id, bytes: $0.bytes) }
            },
            template: template,
            endOfSequence: tokenizer.endOfSequence.first)
    }
}

extension TextCoding {
    /// The tokens of a prompt, ready for the model to go on from.
    ///
    /// Turns end with the marker that opens an assistant's turn; text has the tokens that begin a
    /// sequence and none that end one.
    package func tokens(of prompt: Prompt) throws -> [Int32] {
        switch prompt {
        case .turns(let turns):
            guard let template else { throw ChatTemplateError.missingTemplate }
            let rendered = try template.render(turns, addGenerationPrompt: true)
            return try encode(rendered.text, false).map(\.token)
        case .text(let text):
            let end = text.utf8.count
            let placed = try encode(text, true)
            let kept = placed.lastIndex { !($0.bytes.isEmpty && $0.bytes.lowerBound == end) }
            return placed.prefix(kept.map { $0 + 1 } ?? 0).map(\.token)
        }
    }
}
