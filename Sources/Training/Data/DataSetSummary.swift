import TrainingSteps

/// What a data set holds, as far as it can be told without a tokenizer.
package struct DataSetSummary: Sendable, Hashable {
    /// The file, as the user named it.
    package let file: String
    /// How the rows are written down.
    package let format: DataFormat
    /// How many rows there are.
    package let rowCount: Int
    /// The text of each row, in Unicode scalars; roles and keys are not counted.
    package let characters: LengthDistribution
    /// The line of the longest row.
    package let longestLine: Int
    /// Rows that say the same as an earlier row.
    package let duplicateCount: Int
    /// Prompts that occur with two or more different responses.
    package let ambiguousPromptCount: Int

    package init(_ data: DataSet) {
        file = data.file
        format = data.format
        rowCount = data.rows.count
        let lengths = data.rows.map(\.content.characterCount)
        characters = LengthDistribution(lengths)
        longestLine = zip(data.rows, lengths).max { $0.1 < $1.1 }?.0.line ?? 0
        var contents = Set<DataRow.Content>()
        duplicateCount = data.rows.count { !contents.insert($0.content).inserted }
        var responses: [String: Set<String>] = [:]
        if data.format != .text {
            for content in contents {
                responses[content.promptKey, default: []].insert(content.responseKey)
            }
        }
        ambiguousPromptCount = responses.values.count { $0.count > 1 }
    }
}

/// What a data set is in tokens of a base model, for batches of a shape.
package struct TokenSummary: Sendable, Hashable {
    /// The tokens of each row before truncation; of a pair, the longer side.
    package let lengths: LengthDistribution
    /// The line of the longest row.
    package let longestLine: Int
    /// Tokens that are only read, before truncation; both sides of pairs.
    package let promptTokens: Int
    /// Tokens that are learnt, before truncation; both sides of pairs.
    package let targetTokens: Int
    /// The sequence length and micro-batch size of what follows.
    package let shape: BatchShape
    /// Rows longer than the sequence length; documents are cut into blocks and lose nothing.
    package let truncatedCount: Int
    /// Rows whose whole response lies beyond the sequence length, which training leaves out.
    package let droppedCount: Int
    /// Rows of the sequence length that hold everything when packed; nil for pairs.
    package let packedRowCount: Int?
    /// The share of positions in packed rows that hold tokens; nil for pairs.
    package let packingEfficiency: Double?
    /// The share of positions that hold padding when each row is padded to the longest of its
    /// micro-batch, in the order of the file.
    package let paddingShare: Double

    /// Summarises examples that were made without a limit of their length.
    package init(_ content: TokenisedContent, shape: BatchShape) {
        self.shape = shape
        let sides = content.sides
        let examples = sides.joined()
        let rowLengths = sides.map { $0.map(\.tokens.count).max() ?? 0 }
        lengths = LengthDistribution(rowLengths)
        longestLine = zip(sides, rowLengths).max { $0.1 < $1.1 }?.0.first?.line ?? 0
        targetTokens = examples.reduce(0) { $0 + $1.isTarget.count { $0 } }
        promptTokens = examples.reduce(0) { $0 + $1.tokens.count } - targetTokens
        let limit = shape.length
        let kept = sides.filter { $0.allSatisfy { $0.prefix(limit).targetCount > 0 } }

        switch content {
        case .documents(let documents):
            truncatedCount = 0
            droppedCount = 0
            let blocks = Packing.blocks(of: documents, length: limit)
            packedRowCount = blocks.count
            packingEfficiency = share(
                blocks.reduce(0) { $0 + $1.tokens.count }, of: blocks.count * limit)
            paddingShare = shape.paddingShare(
                documents.flatMap { Packing.blocks(of: [$0], length: limit) }.map { [$0] })
        case .examples, .pairs:
            truncatedCount = rowLengths.count { $0 > limit }
            droppedCount = sides.count - kept.count
            paddingShare = shape.paddingShare(kept)
            guard case .examples = content else {
                packedRowCount = nil
                packingEfficiency = nil
                return
            }
            let lengths = kept.joined().map { min($0.tokens.count, limit) }
            let bins = Packing.bestFitDecreasing(lengths, capacity: limit)
            packedRowCount = bins.count
            packingEfficiency = share(lengths.reduce(0, +), of: bins.count * limit)
        }
    }
}

extension BatchShape {
    /// The share of padding when each row of one or two sides is padded to its micro-batch's
    /// longest.
    fileprivate func paddingShare(_ rows: [[Example]]) -> Double {
        var positions = 0
        var tokens = 0
        for start in stride(from: 0, to: rows.count, by: sequences) {
            let batch = rows[start ..< min(start + sequences, rows.count)]
            let lengths = batch.joined().map { min($0.tokens.count, length) }
            positions += lengths.count * (lengths.max() ?? 0)
            tokens += lengths.reduce(0, +)
        }
        return 1 - share(tokens, of: positions)
    }
}

private func share(_ part: Int, of whole: Int) -> Double {
    whole == 0 ? 1 : Double(part) / Double(whole)
}

extension DataRow.Content {
    /// The text of the row in Unicode scalars, without roles and keys.
    fileprivate var characterCount: Int {
        func count(_ texts: [String]) -> Int { texts.reduce(0) { $0 + $1.unicodeScalars.count } }
        switch self {
        case .conversation(let prompt, let response):
            return count((prompt + response).map(\.content))
        case .completion(let prompt, let completion): return count([prompt, completion])
        case .instruction(let instruction, let input, let output):
            return count([instruction, input ?? "", output])
        case .preference(let prompt, let chosen, let rejected):
            return count((prompt + chosen + rejected).map(\.content))
        case .preferenceText(let prompt, let chosen, let rejected):
            return count([prompt, chosen, rejected])
        case .text(let text): return count([text])
        }
    }
}
