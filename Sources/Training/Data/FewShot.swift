import ModelFiles

/// What a model is asked.
package enum Prompt: Sendable, Hashable {
    /// Turns for a chat template, the last one not the assistant's.
    case turns([ChatMessage])
    /// Text to go on from.
    case text(String)
}

/// A question to a model and the answer wanted.
package struct Question: Sendable, Hashable {
    /// What is asked.
    package let prompt: Prompt
    /// The answer of the data set.
    package let reference: String
    /// The line of the data file.
    package let line: Int

    package init(prompt: Prompt, reference: String, line: Int) {
        self.prompt = prompt
        self.reference = reference
        self.line = line
    }
}

/// How prompts are put to a model.
package enum PromptStyle: Sendable, Hashable {
    /// As turns, through the model's chat template.
    case chat
    /// As bare text.
    case plain
}

/// Solved examples that are shown before every question.
package struct FewShot: Sendable, Hashable {
    /// The examples, the same for every question.
    package let shots: [DataRow]

    /// Chooses `count` rows with different prompts, the first by the seeded hash of their prompts.
    package init(from training: DataSet, count: Int, seed: UInt64) throws(DataError) {
        var seen = Set<String>()
        let distinct = training.rows.filter { seen.insert($0.content.promptKey).inserted }
        guard count >= 0, count <= distinct.count else {
            throw .request(
                "\(count) examples cannot be shown: \(training.file) has \(distinct.count) "
                    + "different prompts.")
        }
        var ranked: [(hash: UInt64, row: DataRow)] = []
        for row in distinct {
            ranked.append((SeededGenerator.hash(of: row.content.promptKey, seed: seed), row))
        }
        ranked.sort { a, b in a.hash == b.hash ? a.row.line < b.row.line : a.hash < b.hash }
        shots = ranked.prefix(count).map(\.row)
    }

    /// The question of a row with the examples before it: earlier turns, or blocks of text with a
    /// blank line between.
    ///
    /// The answer wanted is the last assistant turn, or the preferred response. System turns of
    /// examples are left out; the row's own stays in front.
    package func question(for row: DataRow, style: PromptStyle) throws(DataError) -> Question {
        switch style {
        case .chat:
            let (prompt, reference) = try Self.turns(of: row)
            let system = prompt.prefix { $0.role == .system }
            var turns = Array(system)
            for shot in shots {
                let (before, answer) = try Self.turns(of: shot)
                turns += before.filter { $0.role != .system } + [.assistant(answer)]
            }
            turns += prompt.dropFirst(system.count)
            return Question(prompt: .turns(turns), reference: reference, line: row.line)
        case .plain:
            let (prompt, reference) = try Self.text(of: row)
            var blocks: [String] = []
            for shot in shots {
                let (before, answer) = try Self.text(of: shot)
                blocks.append(before + answer)
            }
            return Question(
                prompt: .text((blocks + [prompt]).joined(separator: "\n\n")), reference: reference,
                line: row.line)
        }
    }

    private static func turns(
        of row: DataRow
    ) throws(DataError) -> (prompt: [ChatMessage], answer: String) {
        let pair = row.content.pairTurns.map { ($0.prompt, $0.chosen) }
        guard let (prompt, response) = row.content.turns ?? pair,
            let last = response.lastIndex(where: { $0.role == .assistant })
        else { throw unanswerable(row, "has no answer to ask for") }
        return (prompt + response[..<last], response[last].content)
    }

    private static func text(
        of row: DataRow
    ) throws(DataError) -> (prompt: String, answer: String) {
        let pair = row.content.pairText.map { ($0.prompt, $0.chosen) }
        guard let (prompt, response) = row.content.plainText ?? pair else {
            throw unanswerable(
                row, "cannot be asked as plain text; a base model with a chat template is needed")
        }
        return (prompt, response)
    }

    private static func unanswerable(_ row: DataRow, _ reason: String) -> DataError {
        .request("the row of line \(row.line) \(reason).")
    }
}
