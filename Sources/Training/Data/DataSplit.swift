import Quantities

/// The rows a model is trained on and the rows it is judged by.
package struct DataSplit: Sendable, Hashable {
    /// The rows to train on.
    package let training: DataSet
    /// The rows kept back.
    package let heldOut: DataSet
    /// How many held-out rows have a prompt that is trained on too; always 0 for a fraction.
    package let sharedPromptCount: Int
}

extension DataSet {
    /// Keeps back a fraction of the rows, the same rows for the same data and seed everywhere.
    ///
    /// Rows with equal prompts form a group. Groups are ordered by the seeded hash of their prompt
    /// (``SeededGenerator/hash(of:seed:)``; equal hashes by the prompt itself) and kept back from the
    /// start of that order until `fraction` of the rows, rounded, is reached; each side gets at least
    /// one group. So no prompt is on both sides, and adding rows moves few others. Each side stays in
    /// the order of the file. A single document is cut once instead, at the end of a line, and its
    /// last part is kept back.
    package func split(keepingBack fraction: Double, seed: UInt64) throws(DataError) -> DataSplit {
        guard fraction > 0, fraction < 1 else {
            throw .request(
                "the held-out fraction is \(significant(fraction)); it must lie between 0 and 1.")
        }
        if rows.count == 1, case .text(let text) = rows[0].content {
            return try cut(text, keepingBack: fraction)
        }
        var groups: [String: [Int]] = [:]
        for (index, row) in rows.enumerated() {
            groups[row.content.promptKey, default: []].append(index)
        }
        guard groups.count > 1 else {
            throw .request(
                "\(file): all rows have the same prompt, so none can be kept back; give a held-out "
                    + "file.")
        }
        let ordered = groups.map {
            (key: $0, hash: SeededGenerator.hash(of: $0, seed: seed), rows: $1)
        }
        .sorted { $0.hash == $1.hash ? $0.key < $1.key : $0.hash < $1.hash }
        let wanted = max(1, Int((fraction * Double(rows.count)).rounded()))
        var isHeldOut = [Bool](repeating: false, count: rows.count)
        var count = 0
        for group in ordered.dropLast() where count < wanted {
            for index in group.rows { isHeldOut[index] = true }
            count += group.rows.count
        }
        return DataSplit(
            training: with(rows: zip(rows, isHeldOut).filter { !$1 }.map(\.0)),
            heldOut: with(rows: zip(rows, isHeldOut).filter { $1 }.map(\.0)),
            sharedPromptCount: 0)
    }

    /// Keeps a whole other file back, and counts its rows whose prompts are trained on.
    package func split(keepingBack other: DataSet) throws(DataError) -> DataSplit {
        guard (format == .preference) == (other.format == .preference),
            (format == .text) == (other.format == .text)
        else {
            throw .request(
                "\(other.file) is in the \(other.format.name) format and cannot judge a model "
                    + "trained on \(file), which is in the \(format.name) format.")
        }
        let prompts = Set(rows.map(\.content.promptKey))
        return DataSplit(
            training: self, heldOut: other,
            sharedPromptCount: other.rows.count { prompts.contains($0.content.promptKey) })
    }

    private func cut(_ text: String, keepingBack fraction: Double) throws(DataError) -> DataSplit {
        let bytes = text.utf8
        let wanted = bytes.index(
            bytes.startIndex, offsetBy: Int((1 - fraction) * Double(bytes.count)))
        guard let end = bytes[wanted...].firstIndex(of: 10) ?? bytes[..<wanted].lastIndex(of: 10),
            case let first = String(text[..<end]), !first.isBlank,
            case let second = String(text[text.utf8.index(after: end)...]), !second.isBlank
        else {
            throw .request(
                "\(file): one line of text cannot be split; give a held-out file or separate "
                    + "documents by lines that hold only \"---\".")
        }
        let line = rows[0].line
        let next = line + first.utf8.count { $0 == 10 } + 1
        return DataSplit(
            training: with(rows: [DataRow(line: line, content: .text(first))]),
            heldOut: with(rows: [DataRow(line: next, content: .text(second))]),
            sharedPromptCount: 0)
    }
}
