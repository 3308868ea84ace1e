import Foundation
import Quantities

/// Memory of this process as Linux counts it (`/proc/self/status`).
package enum ProcessMemory {
    /// The most memory the process ever had resident (VmHWM).
    package static func peak() -> Bytes { field("VmHWM:") }

    /// Memory that is resident now (VmRSS).
    package static func current() -> Bytes { field("VmRSS:") }

    private static func field(_ name: String) -> Bytes {
        guard let text = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else {
            return .zero
        }
        for line in text.split(separator: "\n") where line.hasPrefix(name) {
            let parts = line.split(whereSeparator: \.isWhitespace)
            if parts.count > 1, let kibibytes = Double(parts[1]) { return .kibibytes(kibibytes) }
        }
        return .zero
    }
}
