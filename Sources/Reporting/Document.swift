/// A Markdown document, built from top to bottom.
///
/// Paragraphs, list items and summaries are Markdown; names from files belong in
/// ``markdownEscaped(_:)`` or ``markdownCode(_:)``. Everything else is escaped here.
package struct Document: Sendable, Hashable {
    private var blocks: [String] = []

    package init() {}

    /// The document's text, blocks apart by a blank line.
    package var text: String { blocks.isEmpty ? "" : blocks.joined(separator: "\n\n") + "\n" }

    /// A heading of level 1 to 6.
    package mutating func heading(_ title: String, level: Int = 2) {
        let line = markdownEscaped(title.replacing("\n", with: " "))
        blocks.append(String(repeating: "#", count: min(max(level, 1), 6)) + " " + line)
    }

    /// A paragraph of Markdown.
    package mutating func paragraph(_ markdown: String) { blocks.append(markdown) }

    /// A table with its title and notes.
    package mutating func table(_ table: Table) {
        blocks.append(trimmedEnd(table.text(as: .markdown)))
    }

    /// Text that is shown as it is; the fence is longer than any in the text.
    package mutating func code(_ text: String, language: String = "") {
        let fence = String(repeating: "`", count: max(3, longestBacktickRun(text) + 1))
        blocks.append("\(fence)\(language)\n\(trimmedEnd(text))\n\(fence)")
    }

    /// An image by its path relative to the document, with words for readers who do not see it.
    package mutating func image(_ path: String, description: String) {
        let address = path.replacing(" ", with: "%20").replacing("(", with: "%28")
            .replacing(")", with: "%29")
        let words = markdownEscaped(description.replacing("\n", with: " "))
        blocks.append("![\(words)](\(address))")
    }

    /// A list of Markdown items, numbered or with bullets.
    package mutating func list(_ items: [String], isNumbered: Bool = false) {
        let lines = items.enumerated().map { index, item in
            let bullet = isNumbered ? "\(index + 1)." : "-"
            let indent = String(repeating: " ", count: bullet.count + 1)
            return "\(bullet) " + item.replacing("\n", with: "\n\(indent)")
        }
        if !lines.isEmpty { blocks.append(lines.joined(separator: "\n")) }
    }

    /// A part that is folded until the reader opens it.
    package mutating func details(_ summary: String, _ build: (inout Document) -> Void) {
        var inner = Document()
        build(&inner)
        blocks.append("<details>\n<summary>\(markdownEscaped(summary))</summary>")
        blocks += inner.blocks
        blocks.append("</details>")
    }
}

private func trimmedEnd(_ text: String) -> String {
    var rest = Substring(text)
    while let last = rest.last, last.isNewline { rest = rest.dropLast() }
    return String(rest)
}
