import Catalog

/// How long the examples of a data set are that measured runs were fed with unpacked.
struct DataLengths: Sendable, Hashable {
    /// The words by which notes name the data set.
    let name: String
    /// Mean tokens of an example.
    let mean: Double
    /// Tokens of the longest example.
    let longest: Int

    /// The data sets whose lengths are known.
    ///
    /// orca-math: the mean is what tokens and samples a second of the padding-free rows come to. The
    /// longest example is fitted to the allocated peaks of fms-317 and fms-319 (padded to the longest of
    /// 4 and of 8 examples), which give 2,517 and 2,506.
    static let all = [DataLengths(name: "orca-math", mean: 287, longest: 2510)]

    static func known(in notes: String?) -> DataLengths? {
        guard let notes = notes?.lowercased() else { return nil }
        return all.first { notes.contains($0.name) }
    }

    /// Tokens of the fullest microbatch: padded to the longest example, or that one and others of mean
    /// length after one another.
    func tokens(_ microbatch: Int, _ run: MeasuredRun) -> Int? {
        switch run.packing {
        case .ragged: microbatch * longest
        case .concatenated: longest + Int(Double(microbatch - 1) * mean)
        case .full, .padded, nil: nil
        }
    }
}
