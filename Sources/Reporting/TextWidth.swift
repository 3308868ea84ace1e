/// The number of terminal columns a text occupies: 2 for East Asian wide characters and emoji,
/// 0 for combining marks, 1 otherwise.
///
/// Wide ranges: Unicode Standard Annex 11, categories W and F.
package func displayWidth(_ text: String) -> Int {
    text.utf8.allSatisfy { $0 < 0x80 } ? text.utf8.count : text.reduce(0) { $0 + columns(of: $1) }
}

/// The text without control characters, escape sequences or direction overrides; tabs are spaces.
///
/// Names come from files that other people wrote; printed as they are, they could rewrite the screen.
package func withoutControls(_ text: String) -> String {
    var clean = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
        switch scalar.value {
        case 0x0A: clean.append(scalar)
        case 0x09: clean.append(" ")
        case 0x0D: continue
        case 0x00 ..< 0x20, 0x7F ..< 0xA0, 0x200E, 0x200F, 0x202A ... 0x202E, 0x2066 ... 0x2069:
            clean.append("\u{FFFD}")
        default: clean.append(scalar)
        }
    }
    return String(clean)
}

/// The text cut to a number of columns, its end replaced by an ellipsis when something is lost.
package func truncated(_ text: String, to width: Int) -> String {
    guard displayWidth(text) > width else { return text }
    guard width > 1 else { return width == 1 ? "…" : "" }
    var kept = ""
    var used = 0
    for character in text {
        let size = columns(of: character)
        if used + size > width - 1 { break }
        kept.append(character)
        used += size
    }
    return kept + "…"
}

/// The lines of a text wrapped at spaces to a number of columns; a longer word is broken.
///
/// Line breaks of the text are kept. There is always at least one line.
package func wrapped(_ text: String, to width: Int) -> [String] {
    let limit = max(width, 2)
    return text.split(separator: "\n", omittingEmptySubsequences: false).flatMap { paragraph in
        var lines: [String] = []
        var line = ""
        for word in paragraph.split(separator: " ") {
            for piece in pieces(of: String(word), width: limit) {
                if line.isEmpty {
                    line = piece
                } else if displayWidth(line) + 1 + displayWidth(piece) <= limit {
                    line += " " + piece
                } else {
                    lines.append(line)
                    line = piece
                }
            }
        }
        return lines + [line]
    }
}

private func pieces(of word: String, width: Int) -> [String] {
    guard displayWidth(word) > width else { return [word] }
    var result: [String] = []
    var piece = ""
    var used = 0
    for character in word {
        let size = columns(of: character)
        if used + size > width {
            result.append(piece)
            (piece, used) = ("", 0)
        }
        piece.append(character)
        used += size
    }
    return result + [piece]
}

private func columns(of character: Character) -> Int {
    guard let first = character.unicodeScalars.first else { return 0 }
    if character.unicodeScalars.contains("\u{FE0F}") { return 2 }
    switch first.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return 0
    default: return first.properties.isEmojiPresentation || isWide(first.value) ? 2 : 1
    }
}

private func isWide(_ code: UInt32) -> Bool {
    switch code {
    case 0x1100 ... 0x115F, 0x2E80 ... 0x303E, 0x3041 ... 0x4DBF, 0x4E00 ... 0xA4CF,
        0xA960 ... 0xA97F, 0xAC00 ... 0xD7A3, 0xF900 ... 0xFAFF, 0xFE30 ... 0xFE6F,
        0xFF00 ... 0xFF60, 0xFFE0 ... 0xFFE6, 0x1F300 ... 0x1F64F, 0x1F900 ... 0x1F9FF,
        0x20000 ... 0x3FFFD:
        true
    default: false
    }
}
