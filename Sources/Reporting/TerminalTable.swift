/// Terminal text: columns two spaces apart under a ruled header, or one record after another when
/// the columns cannot fit the width.
extension Table {
    func terminalText(_ style: TerminalStyle) -> String {
        var lines: [String] = []
        if let title {
            lines += wrapped(withoutControls(title), to: style.width ?? .max).map(style.strong)
        }
        if let widths = columnWidths(within: style.width) {
            lines += gridLines(widths, style)
        } else {
            lines += recordLines(style)
        }
        for note in notes { lines += wrapped(withoutControls(note), to: style.width ?? .max) }
        return lines.map { $0 + "\n" }.joined()
    }

    /// The width of each column, shrinking the widest texts first, or nil when even words do not fit.
    private func columnWidths(within limit: Int?) -> [Int]? {
        var widths = columns.map { displayWidth($0.heading) }
        var smallest = columns.map { min(longestWord($0.heading), 12) }
        for row in rows {
            for (index, cell) in row.enumerated() {
                for line in cell.text.split(separator: "\n") {
                    widths[index] = max(widths[index], displayWidth(String(line)))
                }
                let least =
                    cell.isNumeric ? displayWidth(cell.text) : min(longestWord(cell.text), 12)
                smallest[index] = max(smallest[index], least)
            }
        }
        guard let limit else { return widths }
        var total = widths.reduce(0, +) + separator.count * (widths.count - 1)
        while total > limit {
            var widest: Int?
            for index in widths.indices where widths[index] > smallest[index] {
                if widest.map({ widths[index] > widths[$0] }) ?? true { widest = index }
            }
            guard let widest else { return nil }
            widths[widest] -= 1
            total -= 1
        }
        return widths
    }

    private func gridLines(_ widths: [Int], _ style: TerminalStyle) -> [String] {
        let alignments = columns.indices.map { alignment(ofColumn: $0) }
        func lines(_ texts: [String]) -> [String] {
            let wrappedCells = zip(texts, widths).map { wrapped($0, to: $1) }
            return (0 ..< (wrappedCells.map(\.count).max() ?? 0)).map { index in
                let pieces = wrappedCells.indices.map { column in
                    let cell = wrappedCells[column]
                    let text = index < cell.count ? cell[index] : ""
                    return padded(text, to: widths[column], alignments[column])
                }
                return trimmedRight(pieces.joined(separator: separator))
            }
        }
        let rule = widths.map { String(repeating: "─", count: $0) }.joined(separator: separator)
        return lines(columns.map(\.heading)).map(style.strong) + [rule]
            + rows.flatMap { lines($0.map(\.text)) }
    }

    /// Each row as `heading: value` lines, rows apart by a blank line.
    private func recordLines(_ style: TerminalStyle) -> [String] {
        var lines: [String] = []
        for (index, row) in rows.enumerated() {
            if index > 0 { lines.append("") }
            for (column, cell) in zip(columns, row) where !cell.text.isEmpty {
                lines += wrapped("\(column.heading): \(cell.text)", to: style.width ?? .max)
            }
        }
        return lines
    }
}

private let separator = "  "

private func longestWord(_ text: String) -> Int {
    text.split { $0 == " " || $0 == "\n" }.map { displayWidth(String($0)) }.max() ?? 0
}

private func padded(_ text: String, to width: Int, _ alignment: Table.Alignment) -> String {
    let missing = max(0, width - displayWidth(text))
    let before =
        switch alignment {
        case .left: 0
        case .right: missing
        case .center: missing / 2
        }
    return String(repeating: " ", count: before) + text
        + String(repeating: " ", count: missing - before)
}

private func trimmedRight(_ text: String) -> String {
    var end = text.endIndex
    while end > text.startIndex, text[text.index(before: end)] == " " {
        end = text.index(before: end)
    }
    return String(text[..<end])
}
