import Foundation
import Reporting
import Testing

@Suite struct TraceTests {
    private struct File: Decodable {
        struct Event: Decodable {
            let name: String
            let ph: String
            let pid: Int
            let tid: Int
            let ts: Double?
            let dur: Double?
            let args: [String: Argument]
        }
        enum Argument: Decodable, Equatable {
            case number(Double), text(String)
            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                do {
                    self = .number(try container.decode(Double.self))
                } catch {
                    self = .text(try container.decode(String.self))
                }
            }
        }
        let traceEvents: [Event]
        let otherData: [String: String]
    }

    @Test func everyEventKindIsWritten() throws {
        var trace = Trace()
        trace.name(process: 1, "predicted \"H100\"")
        trace.name(thread: 2, ofProcess: 1, "compute")
        trace.events = [
            TraceEvent(
                "block 0 / matmul", category: "forward", kind: .span(duration: 12.25), start: 3,
                thread: 2, arguments: [.init("flops", 2e12)]),
            TraceEvent("step end", category: "step", kind: .instant, start: 20),
            TraceEvent(
                "memory", category: "memory", kind: .counter, start: 3,
                arguments: [.init("weights", 100), .init("activations", 50.5)]),
            TraceEvent("broken", category: "x", kind: .span(duration: .nan), start: 0),
            TraceEvent("backwards", category: "x", kind: .span(duration: -1), start: 0),
        ]
        let text = trace.text()
        let file = try JSONDecoder().decode(File.self, from: Data(text.utf8))
        #expect(file.traceEvents.map(\.ph) == ["M", "M", "M", "M", "X", "i", "C"])
        #expect(file.otherData == ["events_left_out": "2"])
        let span = file.traceEvents[4]
        #expect(span.ts == 3 && span.dur == 12.25 && span.pid == 1 && span.tid == 2)
        #expect(span.args == ["flops": .number(2e12)])
        #expect(
            file.traceEvents[6].args == ["weights": .number(100), "activations": .number(50.5)])
        #expect(file.traceEvents[0].args == ["name": .text("predicted \"H100\"")])
        #expect(text.split(separator: "\n").count == 9)
    }

    @Test func anEmptyTraceIsValid() throws {
        let file = try JSONDecoder().decode(File.self, from: Data(Trace().text().utf8))
        #expect(file.traceEvents.isEmpty)
    }
}
