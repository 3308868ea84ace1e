import Foundation
import Reporting
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

@Suite struct FileTests {
    static let manifest = Manifest(
        version: "0.1.0", command: ["tuneplan", "plan"], seed: .max,
        date: Date(timeIntervalSince1970: 1_795_600_000),
        host: Machine(
            processor: "a processor", coreCount: 2, memoryBytes: 8 << 30, operatingSystem: "Linux",
            compiler: "Swift 6.3"),
        inputs: [], packages: [.init("OpenBLAS", version: "0.3.26 \"generic\"")])

    @Test func aReportAppearsOnlyOnCommit() throws {
        let scratch = try ScratchFolder()
        var folder = try ReportFolder(at: "\(scratch.path)/new/report/")
        try folder.write("abc", as: "charts/a.svg")
        try Data("reserved".utf8).write(to: URL(fileURLWithPath: try folder.reserve("model.bin")))
        #expect(!FileManager.default.fileExists(atPath: "\(scratch.path)/new/report"))
        let written = try folder.commit(Self.manifest)
        #expect(
            try scratch.contents() == [
                "new", "new/report", "new/report/charts", "new/report/charts/a.svg",
                "new/report/manifest.json", "new/report/model.bin",
            ])
        #expect(written.outputs.map(\.path) == ["charts/a.svg", "model.bin"])
        #expect(
            written.outputs[0].sha256
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(
            try Manifest(readingFrom: "\(scratch.path)/new/report/manifest.json") == written)
    }

    @Test func withoutCommitNothingIsLeft() throws {
        let scratch = try ScratchFolder()
        do {
            var folder = try ReportFolder(at: "\(scratch.path)/made/on/the/way")
            try folder.write("abc", as: "a.txt")
            #expect(try !scratch.contents().isEmpty)
        }
        #expect(try scratch.contents() == [])
    }

    @Test func anEarlierReportIsReplacedWhole() throws {
        let scratch = try ScratchFolder()
        let path = "\(scratch.path)/report"
        var first = try ReportFolder(at: path)
        try first.write("old", as: "sub/old.txt")
        _ = try first.commit(Self.manifest)
        var second = try ReportFolder(at: path)
        try second.write("new", as: "new.txt")
        #expect(try scratch.read("report/sub/old.txt") == "old")
        _ = try second.commit(Self.manifest)
        #expect(
            try scratch.contents() == ["report", "report/manifest.json", "report/new.txt"])
    }

    @Test func anEmptyFolderIsReplaced() throws {
        let scratch = try ScratchFolder()
        var folder = try ReportFolder(at: scratch.path)
        try folder.write("x", as: "x.txt")
        _ = try folder.commit(Self.manifest)
        #expect(try scratch.contents() == ["manifest.json", "x.txt"])
    }

    private func failure(_ path: String) -> String {
        do {
            _ = try ReportFolder(at: path)
            return "no error"
        } catch {
            return "\(error)"
        }
    }

    @Test func foldersOfOthersAreLeftAlone() throws {
        let scratch = try ScratchFolder()
        try scratch.write("precious", "notes.txt")
        #expect(failure(scratch.path).contains("has no manifest.json of tuneplan"))
        #expect(failure("\(scratch.path)/notes.txt").contains("is not a folder"))
        #expect(failure("\(scratch.path)/notes.txt/below").contains("cannot be written"))
        #expect(failure("").contains("it is not a path"))
        #expect(failure("/").contains("choose an empty or a new folder"))
        try scratch.write("{\"tool\": \"other\"}", "manifest.json")
        #expect(failure(scratch.path).contains("has no manifest.json of tuneplan"))
        #expect(try scratch.contents() == ["manifest.json", "notes.txt"])
    }

    @Test func aReportWithAnAddedFileIsLeftAlone() throws {
        let scratch = try ScratchFolder()
        _ = try ReportFolder(at: "\(scratch.path)/r").commit(Self.manifest)
        let late = try ReportFolder(at: "\(scratch.path)/r")
        try scratch.write("precious", "r/notes.txt")
        #expect(failure("\(scratch.path)/r").contains("notes.txt was not written by the report"))
        #expect(
            commitFailure(late) == .foreignFile(path: "\(scratch.path)/r", file: "notes.txt"))
        #expect(try scratch.contents() == ["r", "r/manifest.json", "r/notes.txt"])
    }

    private func commitFailure(_ folder: consuming ReportFolder) -> ReportingError? {
        do {
            _ = try folder.commit(Self.manifest)
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: [
        "", "/etc/x", "../x", "a/../b", "a//b", ".", "manifest.json", "taken.txt", "a\0b",
    ])
    func namesCannotLeaveTheReport(name: String) throws {
        let scratch = try ScratchFolder()
        var folder = try ReportFolder(at: "\(scratch.path)/r")
        try folder.write("x", as: "taken.txt")
        do {
            try folder.write("x", as: name)
            Issue.record("\(name) was accepted")
        } catch {
            #expect(error == .invalidName(name))
        }
    }

    @Test func atomicFilesReplaceWholeFiles() throws {
        let scratch = try ScratchFolder()
        let path = "\(scratch.path)/a.json"
        try AtomicFile.write("one", to: path)
        try AtomicFile.write("two", to: path)
        try FileManager.default.createSymbolicLink(
            atPath: "\(scratch.path)/link", withDestinationPath: path)
        try AtomicFile.write("three", to: "\(scratch.path)/link")
        #expect(try scratch.read("a.json") == "three")
        #expect(try scratch.contents() == ["a.json", "link"])
    }

    @Test func failedWritesAreOneSentenceAndLeaveNothing() throws {
        let scratch = try ScratchFolder()
        #expect(throws: ReportingError.cannotWrite(path: scratch.path, reason: "it is a folder")) {
            try AtomicFile.write("x", to: scratch.path)
        }
        let missing = "\(scratch.path)/missing/a.txt"
        #expect(
            throws: ReportingError.cannotWrite(path: missing, reason: "No such file or directory")
        ) {
            try AtomicFile.write("x", to: missing)
        }
        #expect(try scratch.contents() == [])
    }

    #if os(Linux)
    @Test func aFullDiskIsSaidPlainly() {
        #expect(throws: ReportingError.diskFull(path: "/dev/full")) {
            try AtomicFile.write("x", to: "/dev/full")
        }
        #expect("\(ReportingError.diskFull(path: "a"))".hasPrefix("a: the disk is full"))
    }
    #endif

    @Test(arguments: [SIGINT, SIGTERM])
    func anInterruptLeavesNothing(number: Int32) async throws {
        let scratch = try ScratchFolder()
        let path = scratch.path
        await #expect(processExitsWith: .exitCode(128 + number)) {
            [path = path as String, number = number as Int32] in
            // A shell that starts tests in the background ignores SIGINT, which would stay ignored.
            restoreDefaultAction(number)
            InterruptCleanup.install()
            var folder = try ReportFolder(at: "\(path)/deep/report")
            try folder.write("abc", as: "sub/a.txt")
            kill(getpid(), number)
            sleep(20)
            _ = try folder.commit(FileTests.manifest)
        }
        #expect(try scratch.contents() == [])
    }
}

/// Restores a signal's default action.
private func restoreDefaultAction(_ number: Int32) { _ = signal(number, SIG_DFL) }
