extension Tokenizer {
    /// Puts a tokenizer together from checked parts.
    init(
        vocabulary: TokenizerVocabulary, merges pairs: some Sequence<(String, String)>,
        addedTokens: [TokenizerAddedToken], normalization: Normalization,
        preTokenizer: PreTokenizer, ignoresMerges: Bool, unknownToken: Int32?, prefix: [Int32],
        suffix: [Int32], beginningOfSequence: Int32?, endOfSequence: [Int32], padding: Int32?,
        chatTemplateText: String?
    ) throws(TokenizerError) {
        let markerLength = addedTokens.reduce(0) { $0 + $1.content.utf8.count }
        guard markerLength <= TokenizerAddedTokens.longestContents else {
            throw .malformed(
                source: vocabulary.source, place: "added tokens",
                problem: "together they have \(markerLength) bytes;"
                    + " \(TokenizerAddedTokens.longestContents) are allowed")
        }
        texts = vocabulary.texts
        let added = Set(addedTokens.map(\.id))
        var contents = TokenizerContents()
        var words = TokenizerWordIndex(minimumCapacity: texts.count)
        var byteTokens = [Int32](repeating: -1, count: 256)
        for text in texts {
            contents.append(text.map { BytePairAlphabet.bytes(of: $0) ?? Array($0.utf8) } ?? [])
        }
        // The vocabulary proper comes first: where a marker spells the same bytes, it has no claim.
        let order =
            texts.indices.filter { !added.contains(Int32($0)) } + added.sorted().map(Int.init)
        for id in order {
            guard let text = texts[id], let bytes = BytePairAlphabet.bytes(of: text),
                !bytes.isEmpty, words.insert(bytes, id: Int32(id)), bytes.count == 1
            else { continue }
            byteTokens[Int(bytes[0])] = Int32(id)
        }
        for id in prefix + suffix
        where !texts.indices.contains(Int(id)) || texts[Int(id)] == nil {
            throw .malformed(
                source: vocabulary.source, place: "post_processor",
                problem: "token number \(id) is not in the vocabulary")
        }
        self.contents = contents
        self.words = words
        self.byteTokens = byteTokens
        merges = BytePairMerges(
            try Self.merges(pairs, words: words, vocabulary: vocabulary))
        self.addedTokens = TokenizerAddedTokens(addedTokens, normalization: normalization)
        self.normalization = normalization
        self.preTokenizer = preTokenizer
        self.ignoresMerges = ignoresMerges
        self.unknownToken = unknownToken
        self.prefix = prefix
        self.suffix = suffix
        self.beginningOfSequence = beginningOfSequence
        self.endOfSequence = endOfSequence
        self.padding = padding
        self.chatTemplateText = chatTemplateText
    }

    private static func merges(
        _ pairs: some Sequence<(String, String)>, words: TokenizerWordIndex,
        vocabulary: TokenizerVocabulary
    ) throws(TokenizerError) -> [BytePairMerges.Merge] {
        var merges: [BytePairMerges.Merge] = []
        for (index, (left, right)) in pairs.enumerated() {
            func id(_ bytes: [UInt8]?) throws(TokenizerError) -> Int32 {
                guard let bytes, let id = words.id(of: bytes, bytes.indices) else {
                    throw .malformed(
                        source: vocabulary.source, place: "merge \(index)",
                        problem: "\"\(left) \(right)\" needs tokens the vocabulary does not have")
                }
                return id
            }
            let leftBytes = BytePairAlphabet.bytes(of: left)
            let rightBytes = BytePairAlphabet.bytes(of: right)
            var joined = leftBytes
            joined?.append(contentsOf: rightBytes ?? [])
            merges.append(
                BytePairMerges.Merge(
                    left: try id(leftBytes), right: try id(rightBytes),
                    result: try id(rightBytes == nil ? nil : joined)))
        }
        return merges
    }
}
