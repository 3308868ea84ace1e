import Foundation
import JSON

/// A JSON document.
package typealias JSONValue = JSON.JSONValue
/// The members of a JSON object in order.
package typealias JSONObject = JSON.JSONObject

extension JSONValue {
    /// A file may have this many bytes; a tokenizer has about 30 million.
    private static let maximumSize = 1 << 28

    /// Reads the JSON document of a whole file.
    package static func read(_ path: String) throws(ModelFileError) -> JSONValue {
        let data = try MappedFile(path: path).data
        guard data.count <= maximumSize else {
            throw .malformed(
                path: path, place: "",
                problem: "it has \(data.count) bytes, more than the limit of \(maximumSize)")
        }
        return try parse(Array(data), path: path)
    }

    /// Reads a JSON document; the path is for messages.
    package static func parse(
        _ bytes: [UInt8], path: String, maximumCount: Int = 1 << 23
    ) throws(ModelFileError) -> JSONValue {
        do throws(JSONError) {
            return try parse(bytes, maximumCount: maximumCount)
        } catch {
            throw .malformed(
                path: "\(path):\(error.line):\(error.column)", place: "",
                problem: error.problem)
        }
    }

    /// The document as the text of a model's file: indented, `3.0` kept apart from `3`.
    package var fileText: String { text(.pretty, keepsFractions: true) + "\n" }
}
