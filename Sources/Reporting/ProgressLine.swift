import Foundation
import Quantities

/// How far a long task is, told on standard error.
package struct ProgressLine: Sendable {
    /// How progress is told.
    package enum Style: Sendable, Hashable {
        /// Not at all.
        case quiet
        /// A line for every tenth of the task, or every ten seconds: logs.
        case lines
        /// One line that is drawn again and again, of at most this many columns: terminals.
        case bar(width: Int)

        /// The style for standard error.
        package static func detected(
            isQuiet: Bool,
            environment: [String: String] = ProcessInfo.processInfo.environment
        ) -> Style {
            if isQuiet { return .quiet }
            let terminal = TerminalStyle.detected(descriptor: 2, environment: environment)
            guard let width = terminal.width, environment["TERM"] != "dumb" else { return .lines }
            return .bar(width: width)
        }
    }

    private let label: String
    private let total: Int
    private let style: Style
    private let write: @Sendable (String) -> Void
    private let clock: @Sendable () -> Seconds
    private let start: Seconds
    private var lastDrawn: Seconds?
    private var lastTenth = 0
    private var isFinished = false

    /// A task of `total` equal parts; text and time go through closures so that they can be tested.
    package init(
        _ label: String, total: Int, style: Style,
        write: @escaping @Sendable (String) -> Void = { SystemCalls.writeToStandardError($0) },
        clock: @escaping @Sendable () -> Seconds = { .uptime }
    ) {
        self.label = withoutControls(label)
        self.total = max(total, 1)
        self.style = style
        self.write = write
        self.clock = clock
        start = clock()
    }

    /// Says that `done` parts are complete; drawn at most ten times a second.
    package mutating func advance(to done: Int, note: String = "") {
        let now = clock()
        let done = min(max(done, 0), total)
        switch style {
        case .quiet: return
        case .bar(let width):
            if let lastDrawn, now - lastDrawn < Seconds(0.1) { return }
            lastDrawn = now
            write("\r\u{1B}[K" + truncated(bar(done, note, now), to: max(width - 1, 1)))
        case .lines:
            let tenth = done * 10 / total
            guard tenth > lastTenth || now - (lastDrawn ?? start) >= Seconds(10) else { return }
            (lastTenth, lastDrawn) = (tenth, now)
            write(line(done, note, now) + "\n")
        }
    }

    /// Ends the line with a last note; the bar is replaced by it.
    package mutating func finish(note: String = "done") {
        guard !isFinished else { return }
        isFinished = true
        let text = "\(label): \(withoutControls(note)) in \(clock() - start)"
        switch style {
        case .quiet: return
        case .bar: write("\r\u{1B}[K\(text)\n")
        case .lines: write("\(text)\n")
        }
    }

    private func line(_ done: Int, _ note: String, _ now: Seconds) -> String {
        let percent = done * 100 / total
        var text = "\(label): \(done)/\(total) (\(percent)%)"
        if let rest = remaining(done, now) { text += ", \(rest) left" }
        return note.isEmpty ? text : "\(text), \(withoutControls(note))"
    }

    private func bar(_ done: Int, _ note: String, _ now: Seconds) -> String {
        let filled = done * 20 / total
        let bar = String(repeating: "━", count: filled) + String(repeating: "╌", count: 20 - filled)
        return "\(bar) \(line(done, note, now))"
    }

    /// The time left at the pace so far, or nil before there is one.
    private func remaining(_ done: Int, _ now: Seconds) -> Seconds? {
        guard done > 0, done < total, now - start >= Seconds(1) else { return nil }
        return (now - start) * (Double(total - done) / Double(done))
    }
}

extension Seconds {
    /// The time since the machine started, which never runs backwards.
    package static var uptime: Seconds { Seconds(ProcessInfo.processInfo.systemUptime) }
}
