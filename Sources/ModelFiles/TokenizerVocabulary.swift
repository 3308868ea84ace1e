/// The tokens of a vocabulary while it is read: every number once, every text once.
struct TokenizerVocabulary {
    /// The file, for messages.
    let source: String
    /// The text of each token number.
    private(set) var texts: [String?] = []
    private var ids: [String: Int32] = [:]

    /// Numbers must be below this: several times the largest published vocabulary.
    static let largestSize = 1 << 21

    init(source: String) { self.source = source }

    /// Adds the vocabulary of a `tokenizer.json`.
    mutating func add(_ vocabulary: [String: Int]) throws(TokenizerError) {
        ids.reserveCapacity(vocabulary.count)
        texts.reserveCapacity(min(vocabulary.count, Self.largestSize))
        for (text, id) in vocabulary { try add(text, id: id) }
    }

    /// Adds the vocabulary of a GGUF file, where a token's number is its position.
    ///
    /// Some files repeat the text of unused tokens; the first of a text counts.
    mutating func add(_ list: [String]) throws(TokenizerError) {
        guard list.count <= Self.largestSize else {
            throw .malformed(
                source: source, place: "vocabulary",
                problem: "it has \(list.count) tokens; at most \(Self.largestSize) are read")
        }
        texts = list
        ids.reserveCapacity(list.count)
        for (id, text) in list.enumerated() where ids[text] == nil { ids[text] = Int32(id) }
    }

    /// Adds a token outside the vocabulary proper; one that is in it already is left alone.
    mutating func add(_ token: TokenizerAddedToken) throws(TokenizerError) {
        if texts.indices.contains(Int(token.id)), texts[Int(token.id)] == token.content { return }
        try add(token.content, id: Int(token.id))
    }

    private mutating func add(_ text: String, id: Int) throws(TokenizerError) {
        guard (0 ..< Self.largestSize).contains(id) else {
            throw .malformed(
                source: source, place: "token \"\(text)\"",
                problem: "its number \(id) is not between 0 and \(Self.largestSize - 1)")
        }
        while texts.count <= id { texts.append(nil) }
        if let other = texts[id] {
            throw .malformed(
                source: source, place: "token \"\(text)\"",
                problem: "its number \(id) belongs to \"\(other)\" already")
        }
        texts[id] = text
        if ids[text] == nil { ids[text] = Int32(id) }
    }

    /// The number of a token by its text.
    func id(of text: String) -> Int32? { ids[text] }
}
