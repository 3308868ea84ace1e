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
