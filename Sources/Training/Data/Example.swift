/// A tokenised row: what is read, and which tokens are learnt.
package struct Example: Sendable, Hashable {
    /// Token identifiers, at most a sequence length.
    package var tokens: [Int32]
    /// For each token whether predicting it counts towards the loss.
    package var isTarget: [Bool]
    /// The line of the data file on which the row starts.
    package var line: Int

    package init(tokens: [Int32], isTarget: [Bool], line: Int) {
        self.tokens = tokens
        self.isTarget = isTarget
        self.line = line
    }

    /// How many predictions count: the first token is a target of none, for nothing precedes it.
    package var targetCount: Int {
        isTarget.dropFirst().count { $0 }
    }

    /// The next token for each position, or -1 where it is no target.
    package var nextTokens: [Int32] {
        var next = [Int32](repeating: -1, count: tokens.count)
        for index in tokens.indices.dropFirst() where isTarget[index] {
            next[index - 1] = tokens[index]
        }
        return next
    }

    /// The first `length` tokens.
    package func prefix(_ length: Int) -> Example {
        guard tokens.count > length else { return self }
        return Example(
            tokens: Array(tokens[..<length]), isTarget: Array(isTarget[..<length]), line: line)
    }
}

/// Two continuations of one prompt, each with the prompt in front.
package struct ExamplePair: Sendable, Hashable {
    /// The continuation to prefer.
    package var chosen: Example
    /// The continuation to avoid.
    package var rejected: Example

    package init(chosen: Example, rejected: Example) {
        self.chosen = chosen
        self.rejected = rejected
    }
}

/// The examples of a whole data set.
package enum TokenisedContent: Sendable, Hashable {
    /// Rows of which part is learnt.
    case examples([Example])
    /// Pairs of a preferred and a refused response.
    case pairs([ExamplePair])
    /// Whole documents, which batches cut into blocks.
    case documents([Example])

    /// How many rows there are.
    package var count: Int {
        switch self {
        case .examples(let examples), .documents(let examples): return examples.count
        case .pairs(let pairs): return pairs.count
        }
    }

    /// The one example of each row, or the two of each pair.
    package var sides: [[Example]] {
        switch self {
        case .examples(let examples), .documents(let examples): return examples.map { [$0] }
        case .pairs(let pairs): return pairs.map { [$0.chosen, $0.rejected] }
        }
    }
}
