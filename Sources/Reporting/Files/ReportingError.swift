/// What can go wrong while output is written or a manifest is read.
package enum ReportingError: Error, Sendable, Hashable, CustomStringConvertible {
    /// There is no room left for the file.
    case diskFull(path: String)
    /// The system refused to write.
    case cannotWrite(path: String, reason: String)
    /// The system refused to read.
    case cannotRead(path: String, reason: String)
    /// The destination of a report is something else than a folder.
    case notAFolder(path: String)
    /// The destination holds files, but no manifest of this program.
    case notAReport(path: String)
    /// The destination is a report to which somebody added a file.
    case foreignFile(path: String, file: String)
    /// A name within a report that would leave the folder or is taken.
    case invalidName(String)
    /// A manifest that cannot be used: where, and what would be right.
    case invalidManifest(path: String, key: String, reason: String)

    package var description: String {
        switch self {
        case .diskFull(let path):
            "\(path): the disk is full; free some space or choose another place"
        case .cannotWrite(let path, let reason): "\(path): cannot be written: \(reason)"
        case .cannotRead(let path, let reason): "\(path): cannot be read: \(reason)"
        case .notAFolder(let path):
            "\(path): exists and is not a folder; choose another output folder"
        case .notAReport(let path):
            "\(path): is not empty and has no manifest.json of tuneplan; "
                + "choose an empty or a new folder"
        case .foreignFile(let path, let file):
            "\(path): \(file) was not written by the report that would be replaced; "
                + "move it away or choose another folder"
        case .invalidName(let name):
            "\"\(name)\": is not a new relative path inside the report folder"
        case .invalidManifest(let path, let key, let reason):
            "\(path): \(key.isEmpty ? "" : "\(key): ")\(reason)"
        }
    }
}
