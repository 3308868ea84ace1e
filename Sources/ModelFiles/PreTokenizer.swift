/// How text is cut into words before byte-pair encoding; merges never cross a cut.
///
/// The published patterns are regular expressions; scanners written out by hand do the same here,
/// several times faster than a regular-expression engine.
package struct PreTokenizer: Sendable, Hashable {
    /// The patterns in use, by the model that introduced them.
    package enum Pattern: String, Sendable, Hashable, CaseIterable {
        /// GPT-2: contractions, words, numbers and punctuation, each with one leading space.
        case gpt2
        /// Llama 3: any case in contractions, numbers of up to three digits, line ends apart.
        case llama3
        /// Qwen2: as Llama 3 with single digits.
        case qwen2
    }

    /// What happens to numeric characters before the pattern is applied.
    package enum Digits: Sendable, Hashable {
        /// Nothing.
        case joined
        /// Each is a word of its own (SmolLM).
        case single
        /// Each run is a word of its own.
        case runs
    }

    /// The pattern.
    package let pattern: Pattern
    /// What happens to numeric characters first.
    package let digits: Digits
    /// Whether a text that begins without a space gets one.
    package let addsPrefixSpace: Bool

    /// Makes a pre-tokenizer.
    package init(_ pattern: Pattern, digits: Digits = .joined, addsPrefixSpace: Bool = false) {
        self.pattern = pattern
        self.digits = digits
        self.addsPrefixSpace = addsPrefixSpace
    }
}

extension PreTokenizer.Pattern {
    /// The regular expression the scanner stands for, as `tokenizer.json` files spell it.
    var regularExpression: String {
        switch self {
        case .gpt2:
            #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#
        case .llama3: Self.modern(numbers: #"\p{N}{1,3}"#)
        case .qwen2: Self.modern(numbers: #"\p{N}"#)
        }
    }

    private static func modern(numbers: String) -> String {
        #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|"# + numbers
            + #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    }
}

extension PreTokenizer {
    /// Calls `body` with the range of each word of `text[range]`, in order and without gaps.
    ///
    /// `text` is valid UTF-8, and `range` begins and ends between characters.
    func forEachWord(
        of text: [UInt8], in range: Range<Int>, _ body: (Range<Int>) -> Void
    ) {
        guard digits != .joined else {
            scan(text, range, body)
            return
        }
        let scanner = PreTokenizerScanner(text: text, end: range.upperBound)
        var start = range.lowerBound
        var index = start
        while index < range.upperBound {
            let scalar = scanner.scalar(at: index)
            guard scalar.class == .number else {
                index = scalar.end
                continue
            }
            var end = scalar.end
            if digits == .runs { end = scanner.endOfRun(of: .number, from: end) }
            if start < index { scan(text, start ..< index, body) }
            scan(text, index ..< end, body)
            start = end
            index = end
        }
        if start < range.upperBound { scan(text, start ..< range.upperBound, body) }
    }

    private func scan(_ text: [UInt8], _ range: Range<Int>, _ body: (Range<Int>) -> Void) {
        let scanner = PreTokenizerScanner(text: text, end: range.upperBound)
        var start = range.lowerBound
        while start < range.upperBound {
            let end =
                switch pattern {
                case .gpt2: scanner.endOfGPT2Word(from: start)
                case .llama3: scanner.endOfModernWord(from: start, digitCount: 3)
                case .qwen2: scanner.endOfModernWord(from: start, digitCount: 1)
                }
            body(start ..< end)
            start = end
        }
    }
}
