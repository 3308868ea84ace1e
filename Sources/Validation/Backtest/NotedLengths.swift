import Catalog

extension MeasuredRun {
    /// Whether the tokens of the fullest microbatch are known: every position is filled, the lengths of
    /// the data set are known, or the notes say that the longest example came first.
    var knowsFullestMicrobatch: Bool {
        packing != .ragged || DataLengths.known(in: notes) != nil
            || (notes ?? "").contains("first iteration forces the longest")
    }

    /// The mean number of tokens of an example, as far as the notes tell it.
    ///
    /// "mean tokens/sample=289", "mean about 105 tokens", "median about 110 tokens".
    var notedMeanLength: Int? {
        if let mean = meanTokens, mean >= 1, mean < 1e9 { return Int(mean) }
        let found = (notes ?? "").firstMatch(of: /(?:mean|median) about (\d{1,9}) tokens/)
        return found.flatMap { Int($0.output.1) }
    }
}
