import Foundation
import Synchronization

/// The unfinished files and folders of this process.
///
/// Whoever writes them holds the lock while doing so, which gives an interrupt two moments only:
/// before a change, when everything unfinished is still listed here, and after it.
enum TemporaryPaths {
    struct Registry: Sendable {
        /// Files and folders that are removed with all they contain.
        var unfinished: Set<String> = []
        /// Folders made on the way that are removed if nothing else is in them, inner ones first.
        var madeFolders: [String] = []
    }

    private static let registry = Mutex(Registry())

    /// Changes unfinished output, undisturbed by an interrupt.
    static func withLock<Result: Sendable>(
        _ body: (inout Registry) throws(ReportingError) -> Result
    ) throws(ReportingError) -> Result {
        try registry.withLock { (registry) throws(ReportingError) in try body(&registry) }
    }

    /// Forgets a path and removes what is there.
    static func discard(_ path: String, madeFolders: [String] = []) {
        registry.withLock { registry in
            try? FileManager.default.removeItem(atPath: path)
            registry.unfinished.remove(path)
            for folder in madeFolders {
                SystemCalls.removeIfEmpty(folder)
                registry.madeFolders.removeAll { $0 == folder }
            }
        }
    }

    /// Removes everything unfinished and ends the process, never giving the lock back, so that no
    /// other thread can begin something new.
    static func removeAllAndExit(_ status: Int32, saying message: String) -> Never {
        registry.withLock { registry in
            for path in registry.unfinished {
                // A thread may be writing into a reserved file: try again until nothing is left.
                for _ in 0 ..< 20 where FileManager.default.fileExists(atPath: path) {
                    try? FileManager.default.removeItem(atPath: path)
                }
            }
            for folder in registry.madeFolders { SystemCalls.removeIfEmpty(folder) }
            SystemCalls.writeToStandardError(message)
            exitAtOnce(status)
        }
    }

    /// A name next to a path for its unfinished form: hidden, and unique to this process.
    static func sibling(of path: String) -> String {
        let url = URL(fileURLWithPath: path)
        let mark = String(UInt32.random(in: .min ... .max), radix: 36)
        let identifier = ProcessInfo.processInfo.processIdentifier
        let name = ".\(url.lastPathComponent.prefix(40)).tuneplan-\(identifier)-\(mark)"
        return url.deletingLastPathComponent().appendingPathComponent(name).path
    }
}
