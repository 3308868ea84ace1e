import Foundation

/// Runs `body` with the path of a file that holds `bytes` and is removed afterwards.
func withTemporaryFile<Result>(
    _ bytes: some Sequence<UInt8>, extension suffix: String = "jsonl",
    _ body: (String) throws -> Result
) throws -> Result {
    let directory = FileManager.default.temporaryDirectory
        .appendingPathComponent("tuneplan-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let file = directory.appendingPathComponent("data.\(suffix)")
    try Data(bytes).write(to: file)
    return try body(file.path)
}
