import ModelFiles

/// What happens to a row that is longer than the sequence length.
package enum Truncation: Sendable, Hashable {
    /// Its first tokens are kept (TRL's `keep_start`); a row that loses its whole response is left
    /// out.
    case keepStart
    /// It is an error.
    case refuse
}

/// The examples of a data set and what was lost in making them.
package struct TokenisedData: Sendable, Hashable {
    /// The examples.
    package let content: TokenisedContent
    /// What was cut or left out.
    package let report: TokenisationReport
}

/// What truncation did to a data set.
package struct TokenisationReport: Sendable, Hashable {
    /// The data file.
    package let file: String
    /// The most tokens a row may keep; nil without a limit.
    package let sequenceLength: Int?
    /// Rows of the data set.
    package fileprivate(set) var rowCount = 0
    /// Rows that lost tokens at their end but are kept.
    package fileprivate(set) var truncatedCount = 0
    /// The lines of the rows that are left out.
    package fileprivate(set) var droppedLines: [Int] = []
    /// The greatest number of tokens of a row, before truncation.
    package fileprivate(set) var longest = 0
    /// The line of that row.
    package fileprivate(set) var longestLine = 0

    /// One sentence for each kind of loss; empty when nothing was lost.
    package var warnings: [String] {
        guard let sequenceLength else { return [] }
        var warnings: [String] = []
        if truncatedCount > 0 {
            warnings.append(
                "\(file): \(truncatedCount) of \(rowCount) rows are longer than \(sequenceLength) "
                    + "tokens and lose their end; the longest (line \(longestLine)) has \(longest)."
            )
        }
        if !droppedLines.isEmpty {
            let lines = droppedLines.prefix(5).map(String.init).joined(separator: ", ")
            warnings.append(
                "\(file): \(droppedLines.count) of \(rowCount) rows are left out because no part of "
                    + "their response lies within \(sequenceLength) tokens (line \(lines)"
                    + "\(droppedLines.count > 5 ? ", …" : "")).")
        }
        return warnings
    }
}

/// Makes tokenised examples of rows.
///
/// The rules are those of TRL's trainers: with a chat template, strings become a user's and an
/// assistant's turn and every assistant turn that is not part of a prompt is learnt; without one,
/// prompt and completion are joined and the completion with the end-of-sequence token is learnt. Of
/// raw text all is learnt. A token is learnt when any of its bytes is.
///
/// One token differs from TRL's prompt/completion and preference masks: what a template writes after
/// the end of a turn, such as ChatML's line feed, is not learnt here, as with `assistant_only_loss`.
package struct ExampleMaker: Sendable {
    private let coding: TextCoding
    private let sequenceLength: Int?
    private let truncation: Truncation

    /// Prepares for a sequence length, which must not exceed the context the model was made for.
    package init(
        coding: TextCoding, sequenceLength: Int?, contextLength: Int?,
        truncation: Truncation = .keepStart
    ) throws(DataError) {
        if let sequenceLength, let contextLength, sequenceLength > contextLength {
            throw .request(
                "the sequence length is \(sequenceLength), but the base model was made for at most "
                    + "\(contextLength) tokens.")
        }
        self.coding = coding
        self.sequenceLength = sequenceLength
        self.truncation = truncation
    }

    /// Makes the examples of all rows, in their order.
    package func tokenise(_ data: DataSet) throws(DataError) -> TokenisedData {
        var report = TokenisationReport(file: data.file, sequenceLength: sequenceLength)
        var rows: [[Example]] = []
        for row in data.rows {
            let sides = try sides(of: row, file: data.file)
            let isDocument = data.format == .text
            if let kept = try keep(sides, isDocument: isDocument, report: &report) {
                rows.append(kept)
            }
        }
        guard !rows.isEmpty else {
            throw .file(
                data.file,
                sentence: "no row has any part of its response within "
                    + "\(sequenceLength.map(String.init) ?? "all") tokens.")
        }
        return TokenisedData(content: Self.content(rows, format: data.format), report: report)
    }

    private static func content(_ rows: [[Example]], format: DataFormat) -> TokenisedContent {
        switch format {
        case .text: return .documents(rows.flatMap { $0 })
        case .preference:
            return .pairs(
                rows.compactMap {
                    $0.count == 2 ? ExamplePair(chosen: $0[0], rejected: $0[1]) : nil
                })
        case .messages, .promptCompletion, .alpaca: return .examples(rows.flatMap { $0 })
        }
    }

    /// Applies the limit to the sides of one row; nil when the row must be left out.
    private func keep(
        _ sides: [Example], isDocument: Bool, report: inout TokenisationReport
    ) throws(DataError) -> [Example]? {
        let length = sides.map(\.tokens.count).max() ?? 0
        let line = sides.first?.line ?? 0
        report.rowCount += 1
        if length > report.longest { (report.longest, report.longestLine) = (length, line) }
        guard !isDocument, let sequenceLength else { return sides }
        if length > sequenceLength, truncation == .refuse {
            throw .rows(
                [
                    DataProblem(
                        file: report.file, line: line, column: nil,
                        sentence: "the row has \(length) tokens, more than the sequence length "
                            + "\(sequenceLength).")
                ], more: false)
        }
        let kept = sides.map { $0.prefix(sequenceLength) }
        guard kept.allSatisfy({ $0.targetCount > 0 }) else {
            report.droppedLines.append(line)
            return nil
        }
        if length > sequenceLength { report.truncatedCount += 1 }
        return kept
    }

    /// The example of a row, or the chosen and the rejected one of a pair.
    private func sides(of row: DataRow, file: String) throws(DataError) -> [Example] {
        do {
            if case .text(let text) = row.content {
                return [try plain(prompt: "", response: text, line: row.line)]
            }
            if let template = coding.template {
                if let (prompt, chosen, rejected) = row.content.pairTurns {
                    return [
                        try chat(template, prompt: prompt, response: chosen, line: row.line),
                        try chat(template, prompt: prompt, response: rejected, line: row.line),
                    ]
                }
                if let (prompt, response) = row.content.turns {
                    return [try chat(template, prompt: prompt, response: response, line: row.line)]
                }
            }
            if let (prompt, chosen, rejected) = row.content.pairText {
                return [
                    try plain(prompt: prompt, response: chosen, line: row.line),
                    try plain(prompt: prompt, response: rejected, line: row.line),
                ]
            }
            if let (prompt, response) = row.content.plainText {
                return [try plain(prompt: prompt, response: response, line: row.line)]
            }
        } catch {
            throw Self.problem("\(error).", row: row, file: file)
        }
        throw Self.problem(
            "conversations need a base model with a chat template.", row: row, file: file)
    }

    private func plain(prompt: String, response: String, line: Int) throws -> Example {
        let start = prompt.utf8.count
        var example = Self.example(
            try coding.encode(prompt + response, true),
            learnt: [start ..< start + response.utf8.count],
            line: line)
        if let end = coding.endOfSequence {
            // Some tokenizers add it themselves.
            if example.tokens.last == end {
                example.isTarget[example.isTarget.count - 1] = true
            } else {
                example.tokens.append(end)
                example.isTarget.append(true)
            }
        }
        return example
    }

    private func chat(
        _ template: ChatTemplate, prompt: [ChatMessage], response: [ChatMessage], line: Int
    ) throws -> Example {
        let rendered = try template.render(prompt + response)
        let readOnly = prompt.count { $0.role == .assistant }
        return Self.example(
            try coding.encode(rendered.text, false),
            learnt: Array(rendered.completionRanges.dropFirst(readOnly)), line: line)
    }

    /// Marks the tokens that share a byte with one of the ascending ranges.
    private static func example(
        _ placed: [PlacedToken], learnt: [Range<Int>], line: Int
    ) -> Example {
        var remaining = learnt[...]
        var isTarget: [Bool] = []
        isTarget.reserveCapacity(placed.count)
        for token in placed {
            while let range = remaining.first, range.upperBound <= token.bytes.lowerBound {
                remaining.removeFirst()
            }
            isTarget.append(remaining.first.map { $0.overlaps(token.bytes) } ?? false)
        }
        return Example(tokens: placed.map(\.token), isTarget: isTarget, line: line)
    }

    private static func problem(_ sentence: String, row: DataRow, file: String) -> DataError {
        .rows(
            [DataProblem(file: file, line: row.line, column: nil, sentence: sentence)], more: false)
    }
}
