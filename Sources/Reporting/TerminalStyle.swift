import Foundation

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// How text is laid out on the terminal, or wherever standard output goes.
package struct TerminalStyle: Sendable, Hashable {
    /// The number of columns, or nil for no limit.
    package let width: Int?
    /// Whether headings may use the bold escape sequence.
    package let isBold: Bool

    package init(width: Int?, isBold: Bool) {
        self.width = width
        self.isBold = isBold
    }

    /// No limit and no escape sequences: what a file or a pipe gets.
    package static let plain = TerminalStyle(width: nil, isBold: false)

    /// The style for a descriptor: bold and bounded on a terminal, plain elsewhere.
    ///
    /// `NO_COLOR` (https://no-color.org) and `TERM=dumb` turn escape sequences off.
    package static func detected(
        descriptor: Int32, environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> TerminalStyle {
        guard isatty(descriptor) == 1 else { return .plain }
        let refusesColor = !(environment["NO_COLOR"] ?? "").isEmpty || environment["TERM"] == "dumb"
        return TerminalStyle(width: terminalWidth(descriptor) ?? 80, isBold: !refusesColor)
    }

    func strong(_ text: String) -> String {
        isBold && !text.isEmpty ? "\u{1B}[1m\(text)\u{1B}[0m" : text
    }
}

/// The number of columns of the terminal behind a descriptor, or nil when there is none.
private func terminalWidth(_ descriptor: Int32) -> Int? {
    var size = winsize()
    // `size` is ours and outlives the call, which writes only to it.
    let result = unsafe withUnsafeMutablePointer(to: &size) {
        unsafe ioctl(descriptor, UInt(TIOCGWINSZ), UnsafeMutableRawPointer($0))
    }
    return result == 0 && size.ws_col > 0 ? Int(size.ws_col) : nil
}
