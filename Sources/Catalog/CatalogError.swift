/// What is wrong with a catalog, a measurement file or a name looked up in one.
package enum CatalogError: Error, Hashable, CustomStringConvertible {
    /// The file could not be read at all.
    case unreadable(file: String, reason: String)
    /// One or more places of a file are wrong; never empty.
    case malformed([Problem])
    /// A name that the catalog does not have.
    case unknownName(kind: String, name: String, suggestions: [String])
    /// What a model is made of is not stated, or no `Architecture` describes it.
    case unknownArchitecture(model: String, reason: String)
    /// No directory with `data/catalogs/gpus.csv` in it was found.
    case dataDirectoryNotFound(searched: [String])

    /// One mistake at one place of a file.
    package struct Problem: Sendable, Hashable, CustomStringConvertible {
        /// The path as it was given.
        package var file: String
        /// The line, counted from 1.
        package var line: Int
        /// The character within the line, counted from 1.
        package var column: Int
        /// What is wrong and what would be right.
        package var message: String

        package init(file: String, line: Int, column: Int, message: String) {
            self.file = file
            self.line = line
            self.column = column
            self.message = message
        }

        package var description: String { "\(file):\(line):\(column): \(message)" }
    }

    package var description: String {
        switch self {
        case .unreadable(let file, let reason):
            return "\(file): cannot be read: \(reason)."
        case .malformed(let problems):
            let shown = problems.prefix(CatalogError.shownProblemCount).map(\.description)
            let rest = problems.count - shown.count
            return (shown + (rest > 0 ? ["… and \(rest) more."] : [])).joined(separator: "\n")
        case .unknownName(let kind, let name, let suggestions):
            let quoted = suggestions.map { "\"\($0)\"" }
            let hint =
                switch quoted.count {
                case 0: "See `tuneplan catalog list`."
                case 1: "Did you mean \(quoted[0])?"
                default: "Did you mean one of \(quoted.joined(separator: ", "))?"
                }
            return "Unknown \(kind) \"\(name)\". \(hint)"
        case .unknownArchitecture(let model, let reason):
            return "The architecture of \(model) is not known: \(reason)."
        case .dataDirectoryNotFound(let searched):
            return """
                The data directory was not found (looked for data/catalogs/gpus.csv in \
                \(searched.joined(separator: ", "))). Set TUNEPLAN_DATA to the directory that \
                holds `catalogs` and `measurements`.
                """
        }
    }

    /// The most problems that one message spells out.
    package static let shownProblemCount = 20
}
