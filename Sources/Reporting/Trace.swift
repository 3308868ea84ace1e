/// One event of a trace: something that takes time, a moment, or values over time.
package struct TraceEvent: Sendable, Hashable {
    /// What kind of event this is.
    package enum Kind: Sendable, Hashable {
        /// Something that lasts, in microseconds.
        case span(duration: Double)
        /// A moment.
        case instant
        /// Named values from this time on, drawn stacked: memory by role.
        case counter
    }

    /// The name drawn on the event; all values of one counter share it.
    package let name: String
    /// The category readers filter by.
    package let category: String
    package let kind: Kind
    /// When it begins, in microseconds from the start of the trace.
    package let start: Double
    /// The process it belongs to: a rank, or predicted and measured side by side.
    package let process: Int
    /// The thread within the process: a stream, a phase.
    package let thread: Int
    /// What the reader sees on selecting it; a counter's values.
    package let arguments: [JSONValue.Member]

    package init(
        _ name: String, category: String, kind: Kind, start: Double, process: Int = 1,
        thread: Int = 1, arguments: [JSONValue.Member] = []
    ) {
        self.name = name
        self.category = category
        self.kind = kind
        self.start = start
        self.process = process
        self.thread = thread
        self.arguments = arguments
    }

    fileprivate var isFinite: Bool {
        guard case .span(let duration) = kind else { return start.isFinite }
        return start.isFinite && duration.isFinite && duration >= 0
    }
}

/// Events with the names of their processes and threads, for chrome://tracing and Perfetto.
///
/// Format: the Trace Event Format in its JSON object form.
package struct Trace: Sendable, Hashable {
    /// The events, in any order.
    package var events: [TraceEvent] = []
    private var names: [JSONValue] = []

    package init() {}

    /// Names a process; processes are shown in the order of their numbers.
    package mutating func name(process: Int, _ name: String) {
        names.append(metadata("process_name", process, 0, .init("name", .string(name))))
        names.append(
            metadata("process_sort_index", process, 0, .init("sort_index", .count(process))))
    }

    /// Names a thread of a process; threads are shown in the order of their numbers.
    package mutating func name(thread: Int, ofProcess process: Int, _ name: String) {
        names.append(metadata("thread_name", process, thread, .init("name", .string(name))))
        names.append(
            metadata("thread_sort_index", process, thread, .init("sort_index", .count(thread))))
    }

    /// The file's text, one event a line; events whose times are not finite are left out and counted.
    package func text() -> String {
        let shown = events.filter(\.isFinite)
        var output = "{\"displayTimeUnit\":\"ms\",\"otherData\":{\"events_left_out\":\""
        output += "\(events.count - shown.count)\"},\"traceEvents\":[\n"
        for (index, event) in (names + shown.map(json)).enumerated() {
            output += (index == 0 ? "" : ",\n") + event.text(.compact)
        }
        return output + "\n]}\n"
    }

    private func metadata(
        _ name: String, _ process: Int, _ thread: Int, _ argument: JSONValue.Member
    ) -> JSONValue {
        [
            "name": .string(name), "ph": "M", "pid": .count(process), "tid": .count(thread),
            "args": .object([argument]),
        ]
    }

    private func json(_ event: TraceEvent) -> JSONValue {
        var members: [JSONValue.Member] = [
            .init("name", .string(event.name)), .init("cat", .string(event.category)),
        ]
        switch event.kind {
        case .span(let duration):
            members += [.init("ph", "X"), .init("dur", .number(duration))]
        case .instant: members += [.init("ph", "i"), .init("s", "t")]
        case .counter: members += [.init("ph", "C")]
        }
        members += [
            .init("ts", .number(event.start)), .init("pid", .count(event.process)),
            .init("tid", .count(event.thread)), .init("args", .object(event.arguments)),
        ]
        return .object(members)
    }
}
