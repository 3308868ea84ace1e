/// A byte-level byte-pair encoding: text to token numbers and back, as the model was trained.
///
/// Reads Hugging Face `tokenizer.json` and the metadata of GGUF files. Every text can be encoded,
/// and decoding an encoded text gives it back (after the normalization some tokenizers ask for).
package struct Tokenizer: Sendable {
    /// What is done to text before it is cut into words.
    package enum Normalization: Sendable, Hashable {
        /// Nothing.
        case none
        /// Unicode canonical composition.
        case composed
    }

    /// The text of each token in the vocabulary's alphabet, nil for unused numbers.
    let texts: [String?]
    /// The bytes each token stands for when decoded, by token number.
    let contents: TokenizerContents
    /// Tokens by the bytes they stand for, for whole-word lookups.
    let words: TokenizerWordIndex
    /// The token of each single byte, -1 where the vocabulary lacks it.
    let byteTokens: [Int32]
    /// The merges.
    let merges: BytePairMerges
    /// Tokens found in the text before anything else is done.
    let addedTokens: TokenizerAddedTokens
    /// What is done to text first.
    package let normalization: Normalization
    /// How text is cut into words.
    package let preTokenizer: PreTokenizer
    /// Whether a word that is a token is not built from merges.
    let ignoresMerges: Bool
    /// The token of a byte the vocabulary lacks; without one such bytes are dropped.
    let unknownToken: Int32?
    /// Tokens put before a text when special tokens are asked for.
    let prefix: [Int32]
    /// Tokens put after a text when special tokens are asked for.
    let suffix: [Int32]

    /// The token that begins a sequence, nil when the model has none.
    package let beginningOfSequence: Int32?
    /// The tokens that end a generated answer, the tokenizer's own end token first.
    package let endOfSequence: [Int32]
    /// The token that fills up short sequences, nil when the model names none.
    package let padding: Int32?
    /// The model's chat template in Jinja, nil when it has none; see ``ChatTemplate``.
    package let chatTemplateText: String?

    /// One more than the highest token number.
    package var vocabularySize: Int { texts.count }

    /// The text of a token in the vocabulary's alphabet; nil for numbers without a token.
    package func token(of id: Int32) -> String? {
        texts.indices.contains(Int(id)) ? texts[Int(id)] : nil
    }

    /// Whether a token is a marker that decoding can skip.
    package func isSpecial(_ id: Int32) -> Bool { addedTokens.special.contains(id) }

    /// The number of an added token with this exact text.
    package func addedToken(_ text: String) -> Int32? {
        addedTokens.all.first { $0.content.utf8.elementsEqual(text.utf8) }?.id
    }

    /// The known chat template of the model this tokenizer belongs to.
    package func chatTemplate() throws(ChatTemplateError) -> ChatTemplate {
        try ChatTemplate(
            recognising: chatTemplateText,
            beginningOfSequence: beginningOfSequence.flatMap { token(of: $0) },
            endOfSequence: endOfSequence.first.flatMap { token(of: $0) })
    }
}

/// The bytes of every token, one after the other.
struct TokenizerContents: Sendable {
    private var bytes: [UInt8] = []
    private var ends: [Int] = []

    mutating func append(_ content: some Sequence<UInt8>) {
        bytes.append(contentsOf: content)
        ends.append(bytes.count)
    }

    /// The bytes of token `id`, which is a valid number.
    subscript(id: Int) -> ArraySlice<UInt8> { bytes[(id == 0 ? 0 : ends[id - 1]) ..< ends[id]] }
}

/// Token numbers by the bytes they stand for.
struct TokenizerWordIndex: Sendable {
    private var table: BytePairTable
    private var ids: [Int32] = []

    init(minimumCapacity: Int) { table = BytePairTable(minimumCapacity: minimumCapacity) }

    /// Adds a token; false when its bytes have one already.
    mutating func insert(_ bytes: [UInt8], id: Int32) -> Bool {
        guard table.insert(bytes, 0 ..< bytes.count) != nil else { return false }
        ids.append(id)
        return true
    }

    func id(of bytes: [UInt8], _ range: Range<Int>) -> Int32? {
        table.find(bytes, range).map { ids[$0] }
    }
}
