import Catalog
import Foundation

/// The data directory of this package.
let shippedData = DataDirectory(
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("data", isDirectory: true))

/// The catalog of this package, read once for all tests.
let shippedCatalog = Result { try Catalog.load(from: shippedData) }

/// Writes files into a fresh directory and removes it afterwards.
func withDirectory<Value>(
    _ files: [String: String], _ body: (URL) throws -> Value
) throws -> Value {
    let directory = FileManager.default.temporaryDirectory
        .appendingPathComponent("catalog-\(UUID().uuidString)", isDirectory: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    for (path, text) in files {
        let file = directory.appendingPathComponent(path)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }
    return try body(directory)
}
