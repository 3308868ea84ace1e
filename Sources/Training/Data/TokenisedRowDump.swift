/// One row exactly as training sees it, for people to look at.
package struct TokenisedRowDump: Sendable, Hashable {
    /// Which response of a pair a dump shows.
    package enum Side: String, Sendable, Hashable {
        case chosen, rejected
    }

    /// One token of the row.
    package struct Entry: Sendable, Hashable {
        /// The token's identifier.
        package let token: Int32
        /// The text it stands for.
        package let piece: String
        /// Whether it is learnt.
        package let isTarget: Bool
    }

    /// The line of the data file on which the row starts.
    package let line: Int
    /// The response shown, where the row is a pair.
    package let side: Side?
    /// The tokens in order.
    package let entries: [Entry]
}

extension TokenisedContent {
    /// The first `count` rows, the two sides of a pair one after the other.
    package func dump(first count: Int, piece: (Int32) -> String) -> [TokenisedRowDump] {
        sides.prefix(max(count, 0)).flatMap { sides in
            zip(sides, sides.count == 2 ? [.chosen, .rejected] : [nil]).map { example, side in
                TokenisedRowDump(
                    line: example.line, side: side,
                    entries: zip(example.tokens, example.isTarget).map { token, isTarget in
                        TokenisedRowDump.Entry(
                            token: token, piece: piece(token), isTarget: isTarget)
                    })
            }
        }
    }
}
