import ModelFiles

/// Turns JSON rows into ``DataRow``s; the first sound row settles the format of all.
struct RowParser {
    /// The format, once a row has settled it.
    private(set) var format: DataFormat?
    private var formatLine = 0

    mutating func parse(_ row: JSONObject, line: Int) throws(RowFault) -> DataRow {
        let row = row.withMessagesNamed
        let format = try format(of: row, line: line)
        let content: DataRow.Content
        switch format {
        case .preference: content = try preference(row)
        case .messages:
            let messages = try conversation(row["messages"], key: "messages")
            try requireAssistant(in: messages, key: "messages")
            content = .conversation(prompt: [], response: messages)
        case .promptCompletion: content = try promptCompletion(row)
        case .alpaca:
            let inputText = try optionalString(row["input"], key: "input")
            content = .instruction(
                try string(row["instruction"], key: "instruction"),
                input: inputText?.isBlank == true ? nil : inputText,
                output: try response(row["output"], key: "output"))
        case .text:
            let text = try string(row["text"], key: "text")
            guard !text.isBlank else { throw RowFault("\"text\" is empty.") }
            content = .text(text)
        }
        if self.format == nil {
            self.format = format
            formatLine = line
        }
        return DataRow(line: line, content: content)
    }

    private func format(of row: JSONObject, line: Int) throws(RowFault) -> DataFormat {
        let found = DataFormat.matching(row)
        guard let settled = format else {
            if let found { return found }
            guard let closest = DataFormat.closest(to: row), let fault = closest.missingKey(in: row)
            else {
                throw RowFault(
                    "the row's keys fit no format; expected \"messages\", \"prompt\" and "
                        + "\"completion\", \"instruction\" and \"output\", \"chosen\" and "
                        + "\"rejected\", or \"text\".")
            }
            throw fault
        }
        guard let fault = settled.missingKey(in: row) else { return settled }
        guard let found else { throw fault }
        throw RowFault(
            "the row is in the \(found.name) format, but line \(formatLine) is in the "
                + "\(settled.name) format; all rows must be alike.")
    }

    private func promptCompletion(_ row: JSONObject) throws(RowFault) -> DataRow.Content {
        guard row["prompt"]?.array != nil || row["completion"]?.array != nil else {
            return .completion(
                prompt: try string(row["prompt"], key: "prompt"),
                completion: try response(row["completion"], key: "completion"))
        }
        let prompt = try conversation(row["prompt"], key: "prompt")
        let completion = try conversation(row["completion"], key: "completion")
        try requireAssistant(in: completion, key: "completion")
        return .conversation(prompt: prompt, response: completion)
    }

    private func preference(_ row: JSONObject) throws(RowFault) -> DataRow.Content {
        guard row["chosen"]?.array != nil || row["rejected"]?.array != nil else {
            let chosen = try response(row["chosen"], key: "chosen")
            let rejected = try response(row["rejected"], key: "rejected")
            guard chosen != rejected else { throw Self.equalResponses }
            if let prompt = try optionalString(row["prompt"], key: "prompt") {
                return .preferenceText(prompt: prompt, chosen: chosen, rejected: rejected)
            }
            return try impliedPrompt(chosen, rejected)
        }
        let chosen = try conversation(row["chosen"], key: "chosen")
        let rejected = try conversation(row["rejected"], key: "rejected")
        try requireAssistant(in: chosen, key: "chosen")
        try requireAssistant(in: rejected, key: "rejected")
        guard chosen != rejected else { throw Self.equalResponses }
        if row["prompt"]?.array != nil {
            return .preference(
                prompt: try conversation(row["prompt"], key: "prompt"),
                chosen: chosen, rejected: rejected)
        }
        // Beside full conversations a prompt string repeats the first user turn.
        if let prompt = try optionalString(row["prompt"], key: "prompt"), chosen.count == 1,
            rejected.count == 1
        {
            return .preference(prompt: [.user(prompt)], chosen: chosen, rejected: rejected)
        }
        let shared = zip(chosen, rejected).prefix { $0 == $1 }.count
        guard shared > 0 else {
            throw RowFault(
                "\"chosen\" and \"rejected\" share no first turn; add \"prompt\" or start both "
                    + "with it.")
        }
        guard shared < chosen.count, shared < rejected.count else {
            throw RowFault("one of \"chosen\" and \"rejected\" is only the start of the other.")
        }
        try requireAssistant(in: Array(chosen[shared...]), key: "chosen")
        try requireAssistant(in: Array(rejected[shared...]), key: "rejected")
        return .preference(
            prompt: Array(chosen[..<shared]), chosen: Array(chosen[shared...]),
            rejected: Array(rejected[shared...]))
    }

    /// The shared start of two strings is the prompt; a space at its end belongs to the responses.
    private func impliedPrompt(
        _ chosen: String, _ rejected: String
    ) throws(RowFault) -> DataRow.Content {
        let first = chosen.unicodeScalars
        let second = rejected.unicodeScalars
        var shared = zip(first, second).prefix { $0 == $1 }.map(\.0)
        if shared.last == " " { shared.removeLast() }
        let prompt = String(String.UnicodeScalarView(shared))
        let chosen = String(first.dropFirst(shared.count))
        let rejected = String(second.dropFirst(shared.count))
        guard !prompt.isBlank else {
            throw RowFault(
                "\"chosen\" and \"rejected\" share no start; add \"prompt\" or start both with it.")
        }
        guard !chosen.isBlank, !rejected.isBlank else {
            throw RowFault("one of \"chosen\" and \"rejected\" is only the start of the other.")
        }
        return .preferenceText(prompt: prompt, chosen: chosen, rejected: rejected)
    }

    private static let equalResponses = RowFault(
        "\"chosen\" and \"rejected\" are the same, so the row prefers neither.")
}

extension JSONObject {
    /// The row with ShareGPT's `conversations` under the name `messages`.
    fileprivate var withMessagesNamed: JSONObject {
        guard self["messages"] == nil, let turns = self["conversations"] else { return self }
        var row = self
        row["messages"] = turns
        return row
    }
}
