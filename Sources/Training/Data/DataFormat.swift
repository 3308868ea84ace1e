import ModelFiles

/// How the rows of a data set are written down.
package enum DataFormat: String, Sendable, Hashable, CaseIterable {
    /// `prompt`, `chosen` and `rejected`; the prompt may be implied by what the two share.
    case preference
    /// `messages`, or ShareGPT's `conversations`: a conversation.
    case messages
    /// `prompt` and `completion`, both strings or both lists of messages.
    case promptCompletion
    /// `instruction`, `input` and `output`, after the Alpaca data set.
    case alpaca
    /// `text`, or a plain text file: every token is learnt.
    case text

    /// The format's name in messages and reports.
    package var name: String {
        switch self {
        case .preference: return "preference"
        case .messages: return "messages"
        case .promptCompletion: return "prompt/completion"
        case .alpaca: return "instruction/output"
        case .text: return "text"
        }
    }

    /// The keys that every row of the format has.
    var requiredKeys: [String] {
        switch self {
        case .preference: return ["chosen", "rejected"]
        case .messages: return ["messages"]
        case .promptCompletion: return ["prompt", "completion"]
        case .alpaca: return ["instruction", "output"]
        case .text: return ["text"]
        }
    }

    /// The first format whose required keys a row has.
    ///
    /// The order of the cases settles rows that fit several: published preference sets carry
    /// `messages` too, and published instruction sets `text`.
    static func matching(_ row: JSONObject) -> DataFormat? {
        allCases.first { format in format.requiredKeys.allSatisfy { row[$0] != nil } }
    }

    /// The format of which a row lacks the fewest keys while it has at least one or a similar one.
    static func closest(to row: JSONObject) -> DataFormat? {
        var best: (format: DataFormat, missing: Int)?
        for format in allCases {
            let missing = format.requiredKeys.filter { row[$0] == nil }
            let similar = missing.contains { suggestion(for: $0, in: row) != nil }
            guard missing.count < format.requiredKeys.count || similar else { continue }
            if best.map({ missing.count < $0.missing }) ?? true { best = (format, missing.count) }
        }
        return best?.format
    }

    /// The sentence about the first required key that a row lacks.
    func missingKey(in row: JSONObject) -> RowFault? {
        guard let key = requiredKeys.first(where: { row[$0] == nil }) else { return nil }
        return .missing(key, in: row, of: "rows in the \(name) format")
    }
}
