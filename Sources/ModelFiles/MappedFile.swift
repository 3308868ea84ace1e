import Foundation

/// A file whose bytes are mapped into memory, and unmapped with the last copy of this value.
package struct MappedFile: Sendable {
    /// Where the file lies, as it was given.
    package let path: String
    /// The bytes of the whole file.
    package let data: Data

    /// Maps an existing file, or one short enough to be read when mapping is not possible.
    package init(path: String) throws(ModelFileError) {
        self.path = path
        try requireRegularFile(path)
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)
        } catch {
            throw .unreadable(path: path, problem: reason(error))
        }
    }

    /// Bytes already in memory, named as if they were the file at `path`.
    package init(path: String, data: Data) {
        self.path = path
        self.data = data
    }
}

/// Refuses what is missing or is not a regular file, following links; a pipe would never end.
package func requireRegularFile(_ path: String) throws(ModelFileError) {
    let target = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    let attributes: [FileAttributeKey: Any]
    do {
        attributes = try FileManager.default.attributesOfItem(atPath: target)
    } catch {
        let isInsideAFile = isFileOnTheWay(to: target)
        throw .unreadable(
            path: path,
            problem: isInsideAFile
                ? "a part of the path is a file, not a directory" : reason(error))
    }
    switch attributes[.type] as? FileAttributeType {
    case .typeRegular: return
    case .typeDirectory: throw .unreadable(path: path, problem: "it is a directory, not a file")
    default: throw .unreadable(path: path, problem: "it is not a regular file")
    }
}

/// Whether the nearest existing thing above a path is a file.
private func isFileOnTheWay(to path: String) -> Bool {
    var above = URL(fileURLWithPath: path).deletingLastPathComponent()
    while above.path != "/" {
        if let attributes = try? FileManager.default.attributesOfItem(atPath: above.path) {
            return attributes[.type] as? FileAttributeType == .typeRegular
        }
        above.deleteLastPathComponent()
    }
    return false
}

/// One short phrase for an error of the file system.
package func reason(_ error: any Error) -> String {
    let error = error as NSError
    let cause = error.userInfo[NSUnderlyingErrorKey] as? NSError ?? error
    if cause.domain == NSPOSIXErrorDomain {
        switch POSIXErrorCode(rawValue: Int32(cause.code)) {
        case .ENOENT: return "there is no such file or directory"
        case .EACCES, .EPERM: return "permission is denied"
        case .ENOSPC, .EDQUOT: return "the disk is full"
        case .EROFS: return "the file system is read-only"
        case .EISDIR: return "it is a directory"
        case .ENOTDIR, .EEXIST: return "a part of the path is a file, not a directory"
        default: break
        }
    }
    if let code = (error as? CocoaError)?.code {
        switch code {
        case .fileNoSuchFile, .fileReadNoSuchFile: return "there is no such file or directory"
        case .fileReadNoPermission, .fileWriteNoPermission: return "permission is denied"
        case .fileWriteOutOfSpace: return "the disk is full"
        default: break
        }
    }
    return cause.localizedDescription
}
