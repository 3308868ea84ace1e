import Foundation
import Reporting
import Testing

@Suite struct ManifestTests {
    private var example: Manifest {
        var manifest = FileTests.manifest
        manifest.inputs = [
            FileRecord(
                path: "data/train é.jsonl", bytes: 12, sha256: String(repeating: "0a", count: 32))
        ]
        return manifest
    }

    @Test func readsBackWhatWasWritten() throws {
        let text = example.json.text()
        #expect(text.contains("\"date\": \"2026-11-25T09:46:40Z\""))
        #expect(text.contains("\"seed\": \"18446744073709551615\""))
        #expect(try Manifest(decoding: Data(text.utf8), from: "m") == example)
    }

    static let broken: [(change: (String, String), message: String)] = [
        (("\"tool\": \"tuneplan\"", "\"tool\": \"x\""), "m: tool: is \"x\", not \"tuneplan\""),
        (("\"format\": 1", "\"format\": 9"), "m: format: is 9; this version reads format 1"),
        (("\"format\": 1", "\"format\": \"1\""), "m: format: is not a whole number"),
        (("\"version\": \"0.1.0\",", ""), "m: version: is missing"),
        (("18446744073709551615", "-3"), "m: seed: is \"-3\", not a whole number"),
        (
            ("2026-11-25T09:46:40Z", "yesterday"),
            "m: date: is \"yesterday\", not a time such as 2026-11-25T10:00:00Z"
        ),
        (("\"bytes\": 12", "\"bytes\": null"), "m: inputs[0].bytes: is not a whole number"),
        (
            ("0a0a0a", "0A0A0A"),
            "m: inputs: \"data/train é.jsonl\" needs a size and a SHA-256 of 64 hex digits"
        ),
        (("{", "["), "m: is not valid JSON"),
    ]

    @Test(arguments: broken.indices)
    func brokenManifestsAreNamed(index: Int) throws {
        let (change, message) = Self.broken[index]
        let text = example.json.text()
        let changed = text.replacing(change.0, with: change.1, maxReplacements: 1)
        #expect(changed != text)
        do {
            _ = try Manifest(decoding: Data(changed.utf8), from: "m")
            Issue.record("was accepted")
        } catch {
            #expect("\(error)" == message)
        }
    }

    @Test(arguments: ["", "[", "null", String(repeating: "[", count: 100_000), "\u{0}"])
    func hostileManifestsAreRefused(text: String) {
        #expect(throws: ReportingError.self) {
            try Manifest(decoding: Data(text.utf8), from: "m")
        }
    }

    @Test func filesAreHashedInPieces() throws {
        let scratch = try ScratchFolder()
        let path = "\(scratch.path)/a.bin"
        try Data(repeating: 97, count: 1_000_000).write(to: URL(fileURLWithPath: path))
        // FIPS 180-4 example: one million times the letter a.
        let record = try FileRecord(hashing: path, label: "a.bin")
        #expect(
            record.sha256 == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
        #expect(record.bytes == 1_000_000 && record.path == "a.bin")
        #expect(try record.matches(path))
        try Data(repeating: 97, count: 5_000_001).write(to: URL(fileURLWithPath: path))
        #expect(try FileRecord(hashing: path).bytes == 5_000_001)
        try scratch.write("changed", "a.bin")
        #expect(try !record.matches(path))
        #expect(throws: ReportingError.cannotRead(path: "x", reason: "there is no such file")) {
            try FileRecord(hashing: "\(scratch.path)/none", label: "x")
        }
    }

    @Test func timeCanBeFixedFromOutside() {
        let fixed = Manifest.now(environment: ["SOURCE_DATE_EPOCH": "86400"])
        #expect(fixed == Date(timeIntervalSince1970: 86_400))
        #expect(abs(Manifest.now(environment: [:]).timeIntervalSinceNow) < 60)
    }

    @Test func thisMachineIsDescribed() {
        let host = Machine.current()
        #expect(host.coreCount > 0 && host.memoryBytes > 1 << 20)
        #expect(!host.processor.isEmpty && !host.operatingSystem.isEmpty)
    }
}
