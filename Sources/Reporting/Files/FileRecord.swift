import Crypto
import Foundation

/// A file as it was when a run used or wrote it.
package struct FileRecord: Sendable, Hashable, Decodable {
    /// The path from the working directory, or relative to the report.
    package let path: String
    /// The size in bytes.
    package let bytes: Int64
    /// The SHA-256 of the contents, 64 lower-case hexadecimal digits.
    package let sha256: String

    package init(path: String, bytes: Int64, sha256: String) {
        self.path = path
        self.bytes = bytes
        self.sha256 = sha256
    }

    /// Reads a file once, a piece at a time, whatever its size; the label is the path recorded,
    /// by default the path itself as ``recordedPath(_:)`` has it.
    package init(hashing path: String, label recorded: String? = nil) throws(ReportingError) {
        let label = recorded ?? path
        switch SystemCalls.kind(of: path) {
        case .absent: throw .cannotRead(path: label, reason: "there is no such file")
        case .folder: throw .cannotRead(path: label, reason: "it is a folder, not a file")
        case .other: throw .cannotRead(path: label, reason: "it is not a regular file")
        case .file: break
        }
        var hash = SHA256()
        var count: Int64 = 0
        do {
            let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? file.close() }
            while let piece = try file.read(upToCount: 1 << 20), !piece.isEmpty {
                hash.update(data: piece)
                count += Int64(piece.count)
            }
        } catch {
            throw .cannotRead(path: label, reason: "permission is missing or the disk failed")
        }
        self.init(
            path: recorded ?? recordedPath(path), bytes: count, sha256: hexadecimal(hash.finalize())
        )
    }

    /// Whether a file still has the recorded size and contents.
    package func matches(_ path: String) throws(ReportingError) -> Bool {
        let now = try FileRecord(hashing: path)
        return now.bytes == bytes && now.sha256 == sha256
    }

    var json: JSONValue {
        ["path": .string(path), "bytes": .integer(bytes), "sha256": .string(sha256)]
    }
}

private func hexadecimal(_ digest: SHA256.Digest) -> String {
    digest.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
}
