import Foundation
import Testing

@Suite(.serialized) struct InterruptionTests {
    private static func endless(_ base: String) -> [String] {
        [
            "train", "--base", base, "--strategy", "full", "--data", "rows.jsonl", "--steps",
            "1000000", "--output", "out", "--format", "json",
        ]
    }

    /// Waits until the first step is in the log.
    private func waitForOutput(of place: Workplace) throws {
        for _ in 0 ..< 600 {
            if try !place.data("standard-output").isEmpty { return }
            usleep(50_000)
        }
        Issue.record("no step within 30 s")
    }

    @Test(arguments: [(SIGINT, 130), (SIGTERM, 143), (SIGHUP, 129)] as [(Int32, Int32)])
    func signalsLeaveNothingBehind(_ signal: Int32, _ status: Int32) throws {
        let place = try Workplace()
        let before = try place.listing()
        let process = try place.start(Self.endless(try Samples.base()))
        try waitForOutput(of: place)
        kill(process.processIdentifier, signal)
        let ending = try place.end(of: process, within: 20)
        #expect(ending.status == status)
        #expect(!ending.wasSignalled)
        #expect(ending.errors.contains("interrupted; nothing was written"))
        #expect(try place.listing() == before)
    }

    @Test func aReaderThatGoesAwayEndsTheRunQuietly() throws {
        let place = try Workplace()
        let before = try place.listing()
        let pipe = Pipe()
        let process = try place.start(
            Self.endless(try Samples.base()), output: pipe.fileHandleForWriting)
        try pipe.fileHandleForWriting.close()
        #expect(!pipe.fileHandleForReading.availableData.isEmpty)
        try pipe.fileHandleForReading.close()
        try place.write("standard-output", "")
        let ending = try place.end(of: process, within: 20)
        #expect(ending.status == 141)
        #expect(!ending.wasSignalled)
        #expect(ending.errors.isEmpty || !ending.errors.contains("Fatal error"))
        #expect(try place.listing() == before)
    }

    @Test func aFullStandardOutputIsOneSentence() throws {
        let place = try Workplace()
        guard let full = FileHandle(forWritingAtPath: "/dev/full") else { return }
        try place.write("standard-output", "")
        let ending = try place.end(
            of: try place.start(["inspect", try Samples.base()], output: full))
        #expect(ending.status == 4)
        #expect(ending.errors.hasPrefix("tuneplan: standard output: cannot be written"))
    }

    /// A limit on the size of files fails like a full disk, in the middle of the weights.
    @Test func aFileThatCannotBeCompletedLeavesNothingBehind() throws {
        let place = try Workplace()
        let before = try place.listing()
        let program = try Program.url.get().path
        let ending = try place.end(
            of: try place.start(
                [
                    "-c", "ulimit -f 100; exec \"$0\" \"$@\"", program, "train", "--base",
                    try Samples.base(), "--strategy", "full", "--data", "rows.jsonl", "--steps",
                    "1", "--quiet", "--output", "out",
                ], executable: "/bin/sh"))
        #expect(ending.status == 4)
        #expect(ending.errors.hasPrefix("tuneplan: out/model.safetensors: cannot be written"))
        #expect(try place.listing() == before)
    }

    @Test func calibrateStopsWithItsMeasuringProcess() throws {
        let place = try Workplace()
        let before = try place.listing()
        let process = try place.start([
            "calibrate", "--base", try Samples.base(), "--shapes", "2x128", "--output", "out",
        ])
        usleep(1_500_000)
        kill(process.processIdentifier, SIGINT)
        let ending = try place.end(of: process, within: 20)
        #expect(ending.status == 130)
        #expect(try place.listing() == before)
    }
}
