extension TokenizerReader {
    /// The pre-tokenizer of a `tokenizer.json`.
    func preTokenizer(
        _ component: TokenizerFile.Component?
    ) throws(TokenizerError) -> PreTokenizer {
        guard let component else {
            throw unsupported(
                "pre_tokenizer null", "byte-level BPE needs a ByteLevel pre-tokenizer")
        }
        let steps = component.type == "Sequence" ? component.pretokenizers ?? [] : [component]
        var digits = PreTokenizer.Digits.joined
        var pattern: PreTokenizer.Pattern?
        guard let byteLevel = steps.last, byteLevel.type == "ByteLevel" else {
            throw unsupported(
                "pre_tokenizer \"\(steps.last?.type ?? component.type)\"",
                "the last step must be ByteLevel, as in byte-level BPE")
        }
        for step in steps.dropLast() {
            switch step.type {
            case "Digits" where digits == .joined && pattern == nil:
                digits = step.individual_digits == true ? .single : .runs
            case "Split" where pattern == nil:
                pattern = try self.pattern(step)
            default:
                throw unsupported(
                    "pre_tokenizer step \"\(step.type)\"",
                    "before ByteLevel only one Digits and one Split are understood")
            }
        }
        let addsPrefixSpace = byteLevel.add_prefix_space ?? true
        if byteLevel.use_regex ?? true {
            guard pattern == nil else {
                throw unsupported(
                    "pre_tokenizer ByteLevel.use_regex", "true after a Split cuts words twice")
            }
            pattern = .gpt2
        } else if addsPrefixSpace, pattern != nil {
            throw unsupported(
                "pre_tokenizer ByteLevel.add_prefix_space",
                "true after a Split puts a space before"
                    + " every word")
        }
        guard let pattern else {
            throw unsupported(
                "pre_tokenizer ByteLevel.use_regex",
                "false without a Split leaves the text in one piece")
        }
        guard !(addsPrefixSpace && digits != .joined) else {
            throw unsupported(
                "pre_tokenizer ByteLevel.add_prefix_space",
                "true after Digits puts a space before every piece")
        }
        return PreTokenizer(pattern, digits: digits, addsPrefixSpace: addsPrefixSpace)
    }

    private func pattern(
        _ split: TokenizerFile.Component
    ) throws(TokenizerError) -> PreTokenizer.Pattern {
        guard split.behavior == "Isolated" || split.behavior == "Removed" && split.invert == true,
            split.invert != true || split.behavior == "Removed"
        else {
            throw unsupported(
                "pre_tokenizer Split.behavior \"\(split.behavior ?? "")\"",
                "only Isolated, or Removed and inverted, keep every character")
        }
        let text = split.pattern?.Regex ?? split.pattern?.String ?? ""
        guard split.pattern?.Regex != nil,
            let pattern = PreTokenizer.Pattern.allCases.first(where: {
                $0.regularExpression.utf8.elementsEqual(text.utf8)
            })
        else {
            throw unsupported(
                "pre_tokenizer pattern \"\(text)\"",
                "known are those of "
                    + PreTokenizer.Pattern.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return pattern
    }
}
