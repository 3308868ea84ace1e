extension Tokenizer {
    /// The text of tokens; bytes that are not valid UTF-8 become U+FFFD.
    ///
    /// Numbers without a token are skipped.
    package func decode(
        _ ids: some Sequence<Int32>, skipSpecialTokens: Bool = false
    ) -> String {
        String(decoding: bytes(of: ids, skipSpecialTokens: skipSpecialTokens), as: UTF8.self)
    }

    /// The bytes of tokens, which may end or begin inside a character.
    package func bytes(
        of ids: some Sequence<Int32>, skipSpecialTokens: Bool = false
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        for id in ids {
            guard texts.indices.contains(Int(id)), !(skipSpecialTokens && isSpecial(id)) else {
                continue
            }
            bytes += contents[Int(id)]
        }
        return bytes
    }
}
