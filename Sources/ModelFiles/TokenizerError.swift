/// Why a tokenizer cannot be read, or a text cannot be tokenized as its model expects.
package enum TokenizerError: Error, Hashable {
    /// The data is not the format it claims to be.
    case malformed(source: String, place: String, problem: String)
    /// The data is well formed and asks for something this tokenizer does not do.
    case unsupported(source: String, place: String, problem: String)
}

extension TokenizerError: CustomStringConvertible {
    /// One sentence: the file, the key, and what is wrong.
    package var description: String {
        switch self {
        case .malformed(let source, let place, let problem): "\(source): \(place): \(problem)"
        case .unsupported(let source, let place, let problem):
            "\(source): \(place) is not supported: \(problem)"
        }
    }
}
