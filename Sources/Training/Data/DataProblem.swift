/// One fault of a data file, with its place.
package struct DataProblem: Sendable, Hashable, CustomStringConvertible {
    /// The file, as the user named it.
    package let file: String
    /// The line of the file, counted from 1.
    package let line: Int
    /// The column in Unicode scalars, counted from 1, where it is known.
    package let column: Int?
    /// What is wrong and what would be right, as one sentence.
    package let sentence: String

    package var description: String {
        "\(file):\(line):\(column.map { "\($0):" } ?? "") \(sentence)"
    }
}

/// What can be wrong with a data set or with what is asked of it.
package enum DataError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The file as a whole cannot be used.
    case file(String, sentence: String)
    /// Up to five faulty rows; `more` says that reading stopped there.
    case rows([DataProblem], more: Bool)
    /// The data are sound but cannot be used as asked.
    case request(String)

    package var description: String {
        switch self {
        case .file(let file, let sentence): return "\(file): \(sentence)"
        case .rows(let problems, let more):
            let lines = problems.map(\.description)
            let rest = more ? ["Reading stopped after \(problems.count) faulty rows."] : []
            return (lines + rest).joined(separator: "\n")
        case .request(let sentence): return sentence
        }
    }
}

/// What is wrong with one row, before its place is known.
struct RowFault: Error {
    /// What is wrong and what would be right, as one sentence.
    let sentence: String
    /// The byte of the row at which the fault shows, where it is known.
    var offset: Int?

    init(_ sentence: String, at offset: Int? = nil) {
        self.sentence = sentence
        self.offset = offset
    }
}
