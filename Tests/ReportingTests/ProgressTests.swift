import Foundation
import Quantities
import Reporting
import Synchronization
import Testing

@Suite struct ProgressTests {
    /// Collects what a progress line writes, at times the test sets.
    private final class Recorder: Sendable {
        let text = Mutex("")
        let time = Mutex(0.0)

        func line(_ style: ProgressLine.Style, total: Int = 100) -> ProgressLine {
            ProgressLine(
                "Training", total: total, style: style,
                write: { [self] text in self.text.withLock { $0 += text } },
                clock: { [self] in Seconds(time.withLock { $0 }) })
        }

        func wait(_ seconds: Double) { time.withLock { $0 += seconds } }
        var written: String { text.withLock { $0 } }
    }

    @Test func linesForLogs() {
        let recorder = Recorder()
        var progress = recorder.line(.lines)
        for step in 1 ... 25 {
            recorder.wait(1)
            progress.advance(to: step, note: "loss 2.\(step)")
        }
        progress.finish()
        progress.finish()
        #expect(
            recorder.written == """
                Training: 10/100 (10%), 1.50 min left, loss 2.10
                Training: 20/100 (20%), 1.33 min left, loss 2.20
                Training: done in 25.0 s

                """)
    }

    @Test func slowTasksSpeakEveryTenSeconds() {
        let recorder = Recorder()
        var progress = recorder.line(.lines)
        recorder.wait(11)
        progress.advance(to: 1)
        progress.advance(to: 2)
        #expect(recorder.written == "Training: 1/100 (1%), 18.1 min left\n")
    }

    @Test func theBarIsDrawnInPlaceAndRarely() {
        let recorder = Recorder()
        var progress = recorder.line(.bar(width: 40))
        for step in 1 ... 100 {
            recorder.wait(0.03)
            progress.advance(to: step)
        }
        progress.finish(note: "loss 1.2")
        let drawings = recorder.written.components(separatedBy: "\r\u{1B}[K").dropFirst()
        #expect((20 ... 35).contains(drawings.count))
        for drawing in drawings.dropLast() { #expect(displayWidth(drawing) < 40) }
        #expect(drawings.last == "Training: loss 1.2 in 3.00 s\n")
    }

    @Test func quietMeansNothing() {
        let recorder = Recorder()
        var progress = recorder.line(.quiet)
        progress.advance(to: 50)
        progress.finish()
        #expect(recorder.written == "")
    }

    @Test func anEmptyTaskDoesNotDivideByZero() {
        let recorder = Recorder()
        var progress = recorder.line(.lines, total: 0)
        progress.advance(to: 5)
        #expect(recorder.written == "Training: 1/1 (100%)\n")
    }

    @Test func quietIsChosenFirst() {
        #expect(ProgressLine.Style.detected(isQuiet: true, environment: [:]) == .quiet)
    }
}
