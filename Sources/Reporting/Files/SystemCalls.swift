import Foundation

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The calls to the operating system that Foundation has no equivalent for; all pointers are here.
enum SystemCalls {
    /// What a path leads to.
    enum Kind { case absent, file, folder, other }

    /// What a path leads to, following links.
    static func kind(of path: String) -> Kind {
        var information = stat()
        guard unsafe stat(path, &information) == 0 else { return .absent }
        switch information.st_mode & S_IFMT {
        case S_IFREG: return .file
        case S_IFDIR: return .folder
        default: return .other
        }
    }

    /// Whether a path is a link that leads nowhere.
    static func isDanglingLink(_ path: String) -> Bool {
        var information = stat()
        return unsafe lstat(path, &information) == 0 && kind(of: path) == .absent
    }

    /// The absolute path without links, or nil when it leads nowhere.
    static func canonicalPath(_ path: String) -> String? {
        guard let resolved = unsafe realpath(path, nil) else { return nil }
        defer { unsafe free(resolved) }
        return unsafe String(cString: resolved)
    }

    /// Writes a whole file, new when `isNew`, and makes sure that it has reached the disk.
    static func write(_ data: Data, to path: String, isNew: Bool) throws(ReportingError) {
        let flags = isNew ? O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC : O_WRONLY | O_CLOEXEC
        let descriptor = unsafe open(path, flags, 0o666)
        guard descriptor >= 0 else { throw writeError(path, errno) }
        var failure = writeAll(data, to: descriptor)
        // Pipes and terminals cannot be synchronised, which is no failure.
        if isNew && failure == 0 && fsync(descriptor) != 0 && errno != EINVAL { failure = errno }
        if close(descriptor) != 0 && failure == 0 { failure = errno }
        if failure != 0 { throw writeError(path, failure) }
    }

    /// Writes a text to standard error, ignoring failure: there is nowhere left to report it.
    static func writeToStandardError(_ text: String) { _ = writeAll(Data(text.utf8), to: 2) }

    /// Makes a folder whose parent exists; false when it exists already.
    static func makeFolder(_ path: String) throws(ReportingError) -> Bool {
        if unsafe mkdir(path, 0o777) == 0 { return true }
        let code = errno
        if code == EEXIST && kind(of: path) == .folder { return false }
        throw writeError(path, code)
    }

    /// Removes a folder if it is empty.
    static func removeIfEmpty(_ path: String) { _ = unsafe rmdir(path) }

    /// Moves a file or folder, replacing a file or an empty folder of the same kind.
    static func move(_ source: String, to destination: String) throws(ReportingError) {
        if unsafe rename(source, destination) != 0 { throw writeError(destination, errno) }
    }

    /// The sentence for a failed write.
    static func writeError(_ path: String, _ code: Int32) -> ReportingError {
        code == ENOSPC || code == EDQUOT
            ? .diskFull(path: path) : .cannotWrite(path: path, reason: reason(code))
    }

    /// The system's words for an error number.
    static func reason(_ code: Int32) -> String { unsafe String(cString: strerror(code)) }

    /// Writes all of it and answers zero, or the error number.
    static func writeAll(_ data: Data, to descriptor: Int32) -> Int32 {
        // The bytes are only read, within the bounds of the buffer.
        unsafe data.withUnsafeBytes { bytes in
            var offset = 0
            while offset < bytes.count {
                let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[offset...])
                let count = unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
                if count < 0 && errno == EINTR { continue }
                if count < 0 { return errno }
                offset += count
            }
            return 0
        }
    }
}
