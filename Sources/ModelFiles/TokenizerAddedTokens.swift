/// A token that is found in the text as it stands, before words are cut.
struct TokenizerAddedToken: Sendable, Hashable {
    /// The token's number.
    let id: Int32
    /// The text that becomes the token.
    let content: String
    /// Whether it is a marker rather than text.
    let isSpecial: Bool
    /// Whether it is looked for after normalization instead of before.
    let isNormalized: Bool
    /// Whether it takes the white space before it.
    let stripsLeft: Bool
    /// Whether it takes the white space after it.
    let stripsRight: Bool

    init(
        id: Int32, content: String, isSpecial: Bool, isNormalized: Bool = false,
        stripsLeft: Bool = false, stripsRight: Bool = false
    ) {
        self.id = id
        self.content = content
        self.isSpecial = isSpecial
        self.isNormalized = isNormalized
        self.stripsLeft = stripsLeft
        self.stripsRight = stripsRight
    }
}

/// All added tokens of a tokenizer, and the search for them.
struct TokenizerAddedTokens: Sendable {
    /// In the order of the file.
    let all: [TokenizerAddedToken]
    /// The numbers of the special ones.
    let special: Set<Int32>
    /// Searches those looked for before normalization.
    let raw: TokenizerAddedTokenSearch
    /// Searches those looked for after normalization.
    let normalized: TokenizerAddedTokenSearch

    /// Content longer than this is refused: no real token comes near, and searches stay linear.
    static let longestContent = 1024
    /// Together they may have this many bytes, a hundred times what published files have.
    static let longestContents = 1 << 20

    init(_ tokens: [TokenizerAddedToken], normalization: Tokenizer.Normalization) {
        all = tokens
        special = Set(tokens.lazy.filter(\.isSpecial).map(\.id))
        raw = TokenizerAddedTokenSearch(
            tokens.filter { !$0.isNormalized }.map { ($0, Array($0.content.utf8)) })
        normalized = TokenizerAddedTokenSearch(
            tokens.filter(\.isNormalized).map { token in
                let text =
                    normalization == .composed ? composed(token.content) : token.content
                return (token, Array(text.utf8))
            })
    }
}

/// Finds added tokens from left to right, the longest at each place.
struct TokenizerAddedTokenSearch: Sendable {
    /// A part of a text: an added token, or text between two.
    typealias Part = (token: TokenizerAddedToken?, range: Range<Int>)

    private let tokens: [TokenizerAddedToken]
    /// A tree of bytes: the child of node `n` for byte `b` is at `n << 8 | b`; the root is 0.
    private var children: [Int: Int] = [:]
    /// The token that ends at each node, nil where none does.
    private var tokenAtNode: [Int?] = [nil]
    private var firstBytes = [Bool](repeating: false, count: 256)

    init(_ entries: [(token: TokenizerAddedToken, bytes: [UInt8])]) {
        tokens = entries.map(\.token)
        for (index, entry) in entries.enumerated() {
            guard let first = entry.bytes.first else { continue }
            firstBytes[Int(first)] = true
            var node = 0
            for byte in entry.bytes {
                if let child = children[node << 8 | Int(byte)] {
                    node = child
                } else {
                    children[node << 8 | Int(byte)] = tokenAtNode.count
                    node = tokenAtNode.count
                    tokenAtNode.append(nil)
                }
            }
            tokenAtNode[node] = index
        }
    }

    /// Splits `text[range]` into added tokens and what is between them.
    func parts(
        of text: [UInt8], in range: Range<Int>, skippingSpecial: Bool
    ) -> [Part] {
        guard !tokens.isEmpty else { return range.isEmpty ? [] : [(nil, range)] }
        var parts: [Part] = []
        var start = range.lowerBound
        var index = start
        while index < range.upperBound {
            guard firstBytes[Int(text[index])],
                let (token, end) = longestMatch(in: text, from: index, to: range.upperBound)
            else {
                index += 1
                continue
            }
            let matchStart = index
            index = end
            guard !(skippingSpecial && token.isSpecial), matchStart >= start else { continue }
            var tokenRange = matchStart ..< end
            if token.stripsLeft {
                let newStart = startOfWhitespace(before: matchStart, in: text, from: start)
                tokenRange = newStart ..< end
            }
            if token.stripsRight {
                let scanner = PreTokenizerScanner(text: text, end: range.upperBound)
                tokenRange = tokenRange.lowerBound ..< scanner.endOfRun(of: .whitespace, from: end)
            }
            if start < tokenRange.lowerBound {
                parts.append((nil, start ..< tokenRange.lowerBound))
            }
            parts.append((token, tokenRange))
            start = tokenRange.upperBound
        }
        if start < range.upperBound { parts.append((nil, start ..< range.upperBound)) }
        return parts
    }

    private func longestMatch(
        in text: [UInt8], from start: Int, to end: Int
    ) -> (TokenizerAddedToken, Int)? {
        var node = 0
        var found: (TokenizerAddedToken, Int)?
        var index = start
        while index < end, let child = children[node << 8 | Int(text[index])] {
            node = child
            index += 1
            if let token = tokenAtNode[node] { found = (tokens[token], index) }
        }
        return found
    }

    private func startOfWhitespace(before index: Int, in text: [UInt8], from limit: Int) -> Int {
        let scanner = PreTokenizerScanner(text: text, end: index)
        var result = index
        while result > limit {
            var previous = result - 1
            while previous > limit, text[previous] & 0xC0 == 0x80 { previous -= 1 }
            guard scanner.scalar(at: previous).class == .whitespace else { break }
            result = previous
        }
        return result
    }
}
