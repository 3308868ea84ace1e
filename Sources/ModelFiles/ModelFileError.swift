/// Why a model, tokenizer or adapter file was refused, or could not be written.
package enum ModelFileError: Error, Sendable, Hashable {
    /// The file system refused: missing, a directory, no permission, read error.
    case unreadable(path: String, problem: String)
    /// The file breaks the rules of its format at `place` (a key, tensor or byte offset).
    case malformed(path: String, place: String, problem: String)
    /// The file is well formed and asks for something that does not run here.
    case unsupported(path: String, place: String, problem: String)
    /// The file system refused to take a file.
    case unwritable(path: String, problem: String)
}

extension ModelFileError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unreadable(let path, let problem): "\(path): cannot be read: \(problem)"
        case .malformed(let path, let place, let problem),
            .unsupported(let path, let place, let problem):
            place.isEmpty ? "\(path): \(problem)" : "\(path): \(place): \(problem)"
        case .unwritable(let path, let problem): "\(path): cannot be written: \(problem)"
        }
    }
}

/// Text from a file made fit for a message: in quotes, shortened, without control characters.
package func quoted(_ text: some StringProtocol) -> String {
    let limit = 80
    var result = ""
    for scalar in text.unicodeScalars.prefix(limit) {
        result.unicodeScalars.append(
            scalar.properties.generalCategory.isPrintable ? scalar : "\u{FFFD}")
    }
    if text.unicodeScalars.count > limit { result += "…" }
    return "\"\(result)\""
}

extension Unicode.GeneralCategory {
    fileprivate var isPrintable: Bool {
        switch self {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
            .paragraphSeparator:
            false
        default: true
        }
    }
}
