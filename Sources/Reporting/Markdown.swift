/// Text as GitHub-flavoured Markdown that shows exactly these characters, on one line.
package func markdownEscaped(_ text: String) -> String {
    var escaped = ""
    for character in withoutControls(text) {
        switch character {
        case "\\", "`", "*", "_", "[", "]", "|", "~", "#":
            escaped += "\\\(character)"
        case "<": escaped += "&lt;"
        case ">": escaped += "&gt;"
        case "&": escaped += "&amp;"
        case "\n": escaped += "<br>"
        default: escaped.append(character)
        }
    }
    return escaped
}

/// Text as a Markdown code span; longer fences enclose text that holds back-ticks.
package func markdownCode(_ text: String) -> String {
    let clean = withoutControls(text).replacing("\n", with: " ")
    let fence = String(repeating: "`", count: longestBacktickRun(clean) + 1)
    return fence.count == 1 ? "`\(clean)`" : "\(fence) \(clean) \(fence)"
}

/// The length of the longest run of back-ticks in a text.
func longestBacktickRun(_ text: String) -> Int {
    var longest = 0
    var current = 0
    for character in text {
        current = character == "`" ? current + 1 : 0
        longest = max(longest, current)
    }
    return longest
}

extension Table {
    func markdownText() -> String {
        var lines: [String] = []
        if let title { lines += ["**\(markdownEscaped(title))**", ""] }
        lines.append(markdownRow(columns.map { markdownEscaped($0.heading) }))
        lines.append(
            markdownRow(
                columns.indices.map { index in
                    switch alignment(ofColumn: index) {
                    case .left: "---"
                    case .right: "---:"
                    case .center: ":---:"
                    }
                }))
        lines += rows.map { row in markdownRow(row.map { markdownEscaped($0.text) }) }
        for note in notes { lines += ["", markdownEscaped(note)] }
        return lines.map { $0 + "\n" }.joined()
    }

    private func markdownRow(_ cells: [String]) -> String {
        "| " + cells.joined(separator: " | ") + " |"
    }
}
