/// An upper estimate of a text's width in pixels, whichever sans-serif face the reader has.
///
/// Widths in ems are those of DejaVu Sans, the widest of the common ones, rounded up by group.
func textWidth(_ text: String, size: Double = 12, isBold: Bool = false) -> Double {
    var ems = 0.0
    for character in text {
        switch character {
        case "i", "j", "l", "I", ".", ",", ":", ";", "|", "!", "'", " ": ems += 0.33
        case "f", "t", "r", "(", ")", "[", "]", "-", "/", "·": ems += 0.42
        case "m", "w", "M", "W", "%", "@", "×", "=", "+", "—", "…", "±": ems += 0.98
        default:
            if character.isUppercase {
                ems += 0.74
            } else {
                ems += displayWidth(String(character)) == 2 ? 1.05 : 0.64
            }
        }
    }
    return ems * size * (isBold ? 1.1 : 1)
}

/// The text cut to a width in pixels, its end replaced by an ellipsis when something is lost.
func fitted(_ text: String, width: Double, size: Double = 12) -> String {
    guard textWidth(text, size: size) > width else { return text }
    var kept = ""
    for character in text {
        if textWidth(kept + String(character) + "…", size: size) > width { break }
        kept.append(character)
    }
    return kept + "…"
}

/// The lines of a text broken at spaces to a width in pixels; a longer word is cut.
func flowed(_ text: String, width: Double, size: Double = 12, isBold: Bool = false) -> [String] {
    var lines: [String] = []
    for word in text.split(whereSeparator: \.isWhitespace) {
        let longer = (lines.last ?? "") + " " + word
        if !lines.isEmpty && textWidth(longer, size: size, isBold: isBold) <= width {
            lines[lines.count - 1] = longer
        } else {
            lines.append(fitted(String(word), width: width, size: size))
        }
    }
    return lines
}
