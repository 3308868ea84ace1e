/// Finds where words end, exactly where the published regular expressions do.
struct PreTokenizerScanner {
    /// Valid UTF-8.
    let text: [UInt8]
    /// The end of the text; what follows is not seen.
    let end: Int

    typealias Class = PreTokenizerCharacterClass
    typealias Scalar = (value: UInt32, class: Class, end: Int)

    /// The scalar that begins at `index`, which is below `end`.
    func scalar(at index: Int) -> Scalar {
        let first = text[index]
        if first < 0x80 { return (UInt32(first), Class.ofASCII[Int(first)], index + 1) }
        let length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
        var value = UInt32(first) & (0x7F >> UInt32(length))
        let last = min(index + length, end)
        for byte in text[index + 1 ..< last] { value = value << 6 | UInt32(byte & 0x3F) }
        return (value, Class(value), last)
    }

    /// The end of the characters of one class from `index` on.
    func endOfRun(of wanted: Class, from index: Int) -> Int {
        var index = index
        while index < end {
            let scalar = scalar(at: index)
            guard scalar.class == wanted else { break }
            index = scalar.end
        }
        return index
    }

    /// GPT-2's pattern.
    func endOfGPT2Word(from start: Int) -> Int {
        let first = scalar(at: start)
        if first.value == 0x27, let end = endOfContraction(from: start, anyCase: false) {
            return end
        }
        var word = first
        if first.value == 0x20, first.end < end { word = scalar(at: first.end) }
        if word.class != .whitespace { return endOfRun(of: word.class, from: word.end) }
        return endOfWhitespace(from: start)
    }

    /// The pattern of Llama 3 and Qwen2: numbers have at most `digitCount` digits.
    func endOfModernWord(from start: Int, digitCount: Int) -> Int {
        let first = scalar(at: start)
        if first.value == 0x27, let end = endOfContraction(from: start, anyCase: true) {
            return end
        }
        if first.class == .letter { return endOfRun(of: .letter, from: first.end) }
        if first.class == .number { return endOfDigits(from: first.end, atMost: digitCount - 1) }
        let isLineEnd = first.value == 0x0A || first.value == 0x0D
        if first.end < end, !isLineEnd {
            let second = scalar(at: first.end)
            if second.class == .letter { return endOfRun(of: .letter, from: second.end) }
            if first.value == 0x20, second.class == .other {
                return endOfLineEnds(from: endOfRun(of: .other, from: second.end))
            }
        }
        if first.class == .other {
            return endOfLineEnds(from: endOfRun(of: .other, from: first.end))
        }
        return endOfLastLineEnd(from: start) ?? endOfWhitespace(from: start)
    }

    /// `'s`, `'t`, `'re`, `'ve`, `'m`, `'ll`, `'d`; in any case the long s (U+017F) is an s too.
    private func endOfContraction(from start: Int, anyCase: Bool) -> Int? {
        func letter(_ index: Int) -> UInt8 {
            guard index < end else { return 0 }
            return anyCase && text[index] < 0x80 ? text[index] | 0x20 : text[index]
        }
        let first = letter(start + 1)
        switch first {
        case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"):
            return start + 2
        case UInt8(ascii: "r"), UInt8(ascii: "v"):
            return letter(start + 2) == UInt8(ascii: "e") ? start + 3 : nil
        case UInt8(ascii: "l"):
            return letter(start + 2) == UInt8(ascii: "l") ? start + 3 : nil
        case 0xC5 where anyCase:
            return letter(start + 2) == 0xBF ? start + 3 : nil
        default: return nil
        }
    }

    private func endOfDigits(from index: Int, atMost count: Int) -> Int {
        var index = index
        for _ in 0 ..< count where index < end {
            let scalar = scalar(at: index)
            guard scalar.class == .number else { break }
            index = scalar.end
        }
        return index
    }

    private func endOfLineEnds(from index: Int) -> Int {
        var index = index
        while index < end, text[index] == 0x0A || text[index] == 0x0D { index += 1 }
        return index
    }

    /// `\s*[\r\n]+`: up to the last line end of the white space, nil when it has none.
    private func endOfLastLineEnd(from start: Int) -> Int? {
        let run = endOfRun(of: .whitespace, from: start)
        guard let last = text[start ..< run].lastIndex(where: { $0 == 0x0A || $0 == 0x0D })
        else { return nil }
        return last + 1
    }

    /// `\s+(?!\S)|\s+`: white space but for its last character when a word follows.
    private func endOfWhitespace(from start: Int) -> Int {
        var index = start
        var beforeLast = start
        while index < end {
            let scalar = scalar(at: index)
            guard scalar.class == .whitespace else { break }
            beforeLast = index
            index = scalar.end
        }
        return index == end || beforeLast == start ? index : beforeLast
    }
}
