import Foundation
import Synchronization
import Testing

/// How a run of the program ended.
struct Ending: Sendable {
    let status: Int32
    let wasSignalled: Bool
    let output: String
    let errors: String

    /// The lines of standard output as JSON objects.
    func objects() throws -> [[String: Any]] {
        try output.split(separator: "\n").map { line in
            try #require(
                JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any],
                "no JSON object: \(line)")
        }
    }
}

/// A directory of its own for one test, removed with it.
final class Workplace: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "tuneplan-tests-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true)
        try write("rows.jsonl", Samples.rows)
        try write("pairs.jsonl", Samples.pairs)
        try write("book.txt", Samples.text)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ name: String, _ text: String) throws { try write(name, Data(text.utf8)) }

    func write(_ name: String, _ data: Data) throws {
        let url = URL(fileURLWithPath: "\(path)/\(name)")
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try data.write(to: url)
    }

    func data(_ name: String) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(name)"))
    }

    func exists(_ name: String) -> Bool {
        FileManager.default.fileExists(atPath: "\(path)/\(name)")
    }

    /// Everything in the directory, hidden files included.
    func listing() throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: path).filter {
            !$0.hasPrefix("standard-")
        }.sorted()
    }

    /// Starts the program here; its standard output goes to a file unless another handle is given.
    func start(
        _ arguments: [String], output: FileHandle? = nil, executable: String? = nil
    ) throws -> Process {
        let process = Process()
        process.executableURL = try executable.map { URL(fileURLWithPath: $0) } ?? Program.url.get()
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: path)
        var environment = ProcessInfo.processInfo.environment
        environment["TUNEPLAN_DATA"] = Repository.path("data")
        process.environment = environment
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try output ?? handle("standard-output")
        process.standardError = try handle("standard-error")
        try process.run()
        return process
    }

    /// Waits for the end, which must come within the limit.
    func end(of process: Process, within seconds: Double = 60) throws -> Ending {
        let isLate = Mutex(false)
        let watchdog = DispatchWorkItem {
            isLate.withLock { $0 = true }
            kill(process.processIdentifier, SIGKILL)
        }
        DispatchQueue.global().asyncAfter(deadline: .now() + seconds, execute: watchdog)
        process.waitUntilExit()
        watchdog.cancel()
        #expect(!isLate.withLock { $0 }, "it ran for more than \(seconds) s")
        return Ending(
            status: process.terminationStatus,
            wasSignalled: process.terminationReason == .uncaughtSignal,
            output: String(decoding: try data("standard-output"), as: UTF8.self),
            errors: String(decoding: try data("standard-error"), as: UTF8.self))
    }

    /// Runs the program here to its end.
    @discardableResult
    func run(_ arguments: [String]) throws -> Ending { try end(of: try start(arguments)) }

    /// Runs the program and expects success.
    @discardableResult
    func succeed(_ arguments: [String]) throws -> Ending {
        let ending = try run(arguments)
        #expect(ending.status == 0, "\(arguments): \(ending.errors)")
        return ending
    }

    private func handle(_ name: String) throws -> FileHandle {
        try write(name, "")
        return try #require(FileHandle(forWritingAtPath: "\(path)/\(name)"))
    }
}

/// Files of the repository.
enum Repository {
    static func path(_ name: String) -> String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent(name).path
    }
}

/// The program under test.
enum Program {
    struct Missing: Error { let looked: [String] }

    /// Beside the bundle of the tests, where the build puts both.
    static let url: Result<URL, any Error> = Result {
        let folders = [
            "/proc/self/exe", CommandLine.arguments.first ?? "", Bundle.main.executablePath ?? "",
        ].map { URL(fileURLWithPath: $0).resolvingSymlinksInPath().deletingLastPathComponent() }
        let looked = folders.map { $0.appendingPathComponent("tuneplan") }
        guard
            let found = looked.first(where: {
                FileManager.default.isExecutableFile(atPath: $0.path)
            })
        else { throw Missing(looked: looked.map(\.path)) }
        return found
    }
}
