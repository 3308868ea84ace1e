import Foundation

/// Files that are either complete or not there.
package enum AtomicFile {
    /// Writes data to a path by way of a temporary file beside it, which is removed on failure.
    ///
    /// A link is followed; a device or pipe (`/dev/stdout`) is written directly.
    package static func write(_ data: Data, to path: String) throws(ReportingError) {
        let target = SystemCalls.canonicalPath(path) ?? path
        switch SystemCalls.kind(of: target) {
        case .other:
            try SystemCalls.write(data, to: target, isNew: false)
            return
        case .folder: throw .cannotWrite(path: path, reason: "it is a folder")
        case .absent where SystemCalls.isDanglingLink(path):
            throw .cannotWrite(path: path, reason: "it is a link that leads nowhere")
        case .absent, .file: break
        }
        let temporary = TemporaryPaths.sibling(of: target)
        do {
            try TemporaryPaths.withLock { (registry) throws(ReportingError) in
                registry.unfinished.insert(temporary)
                try SystemCalls.write(data, to: temporary, isNew: true)
                try SystemCalls.move(temporary, to: target)
                registry.unfinished.remove(temporary)
            }
        } catch {
            TemporaryPaths.discard(temporary)
            throw error.naming(path, insteadOf: temporary)
        }
    }

    /// Writes text as UTF-8.
    package static func write(_ text: String, to path: String) throws(ReportingError) {
        try write(Data(text.utf8), to: path)
    }
}

extension ReportingError {
    /// The same error about the file the user asked for, not about its temporary form.
    func naming(_ path: String, insteadOf temporary: String) -> ReportingError {
        switch self {
        case .diskFull(temporary): .diskFull(path: path)
        case .cannotWrite(temporary, let reason): .cannotWrite(path: path, reason: reason)
        default: self
        }
    }
}
