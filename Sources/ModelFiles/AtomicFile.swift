import Foundation
import Glibc

/// Writes a file beside its final place and moves it there only when it is complete.
///
/// A failure leaves what was there before, and nothing half-written.
package func writeAtomically(
    to path: String, _ body: (FileHandle) throws -> Void
) throws(ModelFileError) {
    let partial = "\(path).partial-\(ProcessInfo.processInfo.processIdentifier)"
    do {
        try Data().write(to: URL(fileURLWithPath: partial))
        do {
            let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: partial))
            try body(handle)
            try handle.synchronize()
            try handle.close()
        }
        guard unsafe rename(partial, path) == 0 else {
            throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
        }
    } catch {
        try? FileManager.default.removeItem(atPath: partial)
        if let error = error as? ModelFileError { throw error }
        throw .unwritable(path: path, problem: reason(error))
    }
}

/// Writes a short text file, complete or not at all.
package func writeAtomically(_ text: String, to path: String) throws(ModelFileError) {
    try writeAtomically(to: path) { try $0.write(contentsOf: Data(text.utf8)) }
}

/// Makes a directory and those above it, if they are missing.
package func makeDirectory(_ path: String) throws(ModelFileError) {
    do {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
        throw .unwritable(path: path, problem: reason(error))
    }
}

/// Fills a directory beside its final place and moves it there only when it is complete.
///
/// The place must be free or an empty directory; a failure leaves nothing behind.
package func writeDirectoryAtomically(
    _ path: String, _ body: (_ partial: String) throws(ModelFileError) -> Void
) throws(ModelFileError) {
    var path = path
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    let files = FileManager.default
    if files.fileExists(atPath: path) {
        guard let names = try? files.contentsOfDirectory(atPath: path), names.isEmpty else {
            throw .unwritable(
                path: path, problem: "it exists already and is not an empty directory")
        }
    }
    let partial = "\(path).partial-\(ProcessInfo.processInfo.processIdentifier)"
    try makeDirectory(partial)
    do throws(ModelFileError) {
        try body(partial)
        guard unsafe rename(partial, path) == 0 else {
            throw ModelFileError.unwritable(
                path: path, problem: reason(POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)))
        }
    } catch {
        try? files.removeItem(atPath: partial)
        guard case .unwritable(let inner, let problem) = error, inner.hasPrefix(partial) else {
            throw error
        }
        throw .unwritable(path: path + inner.dropFirst(partial.count), problem: problem)
    }
}
