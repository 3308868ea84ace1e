extension Tokenizer {
    /// The tokens of a text.
    ///
    /// `addSpecialTokens` adds the tokens the model expects around a text. `parseSpecialTokens`
    /// turns text that spells a special token into that token; it is false for text from people,
    /// which must not forge markers.
    package func encode(
        _ text: String, addSpecialTokens: Bool = false, parseSpecialTokens: Bool = true
    ) -> [Int32] {
        encodeWithOffsets(
            text, addSpecialTokens: addSpecialTokens, parseSpecialTokens: parseSpecialTokens
        ).map(\.id)
    }

    /// The tokens of a text with the UTF-8 bytes of the text each stands for.
    ///
    /// The ranges follow one another without gaps; tokens that are not in the text have empty ones.
    package func encodeWithOffsets(
        _ text: String, addSpecialTokens: Bool = false, parseSpecialTokens: Bool = true
    ) -> [(id: Int32, bytes: Range<Int>)] {
        let bytes = Array(text.utf8)
        var encoder = TokenizerEncoder(tokenizer: self)
        if addSpecialTokens { for id in prefix { encoder.append(id, 0 ..< 0) } }
        let parts = addedTokens.raw.parts(
            of: bytes, in: bytes.indices, skippingSpecial: !parseSpecialTokens)
        for part in parts {
            if let token = part.token {
                encoder.append(token.id, part.range)
            } else {
                encode(bytes, part.range, parseSpecialTokens: parseSpecialTokens, &encoder)
            }
        }
        if addSpecialTokens {
            for id in suffix { encoder.append(id, bytes.count ..< bytes.count) }
        }
        return encoder.tokens
    }

    /// Encodes text without raw added tokens.
    private func encode(
        _ text: [UInt8], _ range: Range<Int>, parseSpecialTokens: Bool,
        _ encoder: inout TokenizerEncoder
    ) {
        switch normalization {
        case .none:
            encodeNormalized(text, range, parseSpecialTokens, &encoder) { $0 }
        case .composed:
            let normalized = TokenizerNormalizedText(composing: text, range)
            encodeNormalized(
                normalized.bytes, normalized.bytes.indices, parseSpecialTokens, &encoder,
                normalized.origin)
        }
    }

    private func encodeNormalized(
        _ text: [UInt8], _ range: Range<Int>, _ parseSpecialTokens: Bool,
        _ encoder: inout TokenizerEncoder, _ origin: (Range<Int>) -> Range<Int>
    ) {
        let parts = addedTokens.normalized.parts(
            of: text, in: range, skippingSpecial: !parseSpecialTokens)
        for part in parts {
            if let token = part.token {
                encoder.append(token.id, origin(part.range))
            } else if preTokenizer.addsPrefixSpace, text[part.range.lowerBound] != 0x20 {
                // The space belongs to no byte of the text: offsets move back by one.
                let start = part.range.lowerBound
                let spaced = [0x20] + text[part.range]
                preTokenizer.forEachWord(of: spaced, in: spaced.indices) { word in
                    encoder.encodeWord(spaced, word) { range in
                        origin(
                            start + max(range.lowerBound - 1, 0)
                                ..< start + max(range.upperBound - 1, 0))
                    }
                }
            } else {
                preTokenizer.forEachWord(of: text, in: part.range) { word in
                    encoder.encodeWord(text, word, origin)
                }
            }
        }
    }
}

/// Turns words into tokens and remembers the words it has seen.
struct TokenizerEncoder {
    private let tokenizer: Tokenizer
    private(set) var tokens: [(id: Int32, bytes: Range<Int>)] = []
    private var seenWords = BytePairTable()
    /// The tokens of all seen words; word `i` has those from `seenEnds[i - 1]` to `seenEnds[i]`.
    private var seenSymbols: [BytePairMerges.Symbol] = []
    private var seenEnds: [Int] = []
    private var symbols: [BytePairMerges.Symbol] = []

    /// Longer words are not remembered, nor more words than this.
    private static let longestSeenWord = 64
    private static let mostSeenWords = 1 << 17

    init(tokenizer: Tokenizer) { self.tokenizer = tokenizer }

    mutating func append(_ id: Int32, _ bytes: Range<Int>) { tokens.append((id, bytes)) }

    /// Appends the tokens of one word.
    mutating func encodeWord(
        _ text: [UInt8], _ word: Range<Int>, _ origin: (Range<Int>) -> Range<Int>
    ) {
        if tokenizer.ignoresMerges, let id = tokenizer.words.id(of: text, word) {
            tokens.append((id, origin(word)))
            return
        }
        if word.count <= Self.longestSeenWord, let seen = seenWords.find(text, word) {
            let start = seen == 0 ? 0 : seenEnds[seen - 1]
            emit(seenSymbols[start ..< seenEnds[seen]], from: word.lowerBound, origin)
            return
        }
        split(text, word)
        tokenizer.merges.merge(&symbols)
        if word.count <= Self.longestSeenWord, seenWords.count < Self.mostSeenWords,
            seenWords.insert(text, word) != nil
        {
            seenSymbols += symbols
            seenEnds.append(seenSymbols.count)
        }
        emit(symbols[...], from: word.lowerBound, origin)
    }

    private mutating func emit(
        _ symbols: ArraySlice<BytePairMerges.Symbol>, from start: Int,
        _ origin: (Range<Int>) -> Range<Int>
    ) {
        var start = start
        for symbol in symbols {
            let end = start + Int(symbol.length)
            tokens.append((symbol.token, origin(start ..< end)))
            start = end
        }
    }

    /// Fills `symbols` with one token for each byte of a word.
    private mutating func split(_ text: [UInt8], _ word: Range<Int>) {
        symbols.removeAll(keepingCapacity: true)
        // Bytes without a token add to the length of the symbol after them, or of the last one.
        var dropped: Int32 = 0
        for byte in text[word] {
            var token = tokenizer.byteTokens[Int(byte)]
            if token < 0 { token = tokenizer.unknownToken ?? -1 }
            guard token >= 0 else {
                dropped += 1
                continue
            }
            symbols.append(BytePairMerges.Symbol(token: token, length: 1 + dropped))
            dropped = 0
        }
        if !symbols.isEmpty { symbols[symbols.count - 1].length += dropped }
    }
}
