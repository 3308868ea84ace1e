import Foundation

extension Manifest {
    /// Reads a manifest that this program wrote.
    package init(readingFrom path: String) throws(ReportingError) {
        guard SystemCalls.kind(of: path) == .file else {
            throw .cannotRead(path: path, reason: "there is no such file")
        }
        let data: Data
        do {
            let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? file.close() }
            data = try file.read(upToCount: largestManifest + 1) ?? Data()
        } catch {
            throw .cannotRead(path: path, reason: "permission is missing or the disk failed")
        }
        try self.init(decoding: data, from: path)
    }

    /// Reads a manifest from its bytes; the path is for messages.
    package init(decoding data: Data, from path: String) throws(ReportingError) {
        guard data.count <= largestManifest else {
            throw .invalidManifest(
                path: path, key: "", reason: "is longer than 16 MiB, which no manifest is")
        }
        do {
            self = try JSONDecoder().decode(Manifest.self, from: data)
        } catch let error as DecodingError {
            throw error.sentence(path)
        } catch {
            throw .invalidManifest(path: path, key: "", reason: "is not a manifest of tuneplan")
        }
    }
}

extension Manifest: Decodable {
    private enum CodingKeys: String, CodingKey {
        case tool, format, version, command, seed, date, host, inputs, packages, outputs
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func reject(_ key: CodingKeys, _ reason: String) -> DecodingError {
            .dataCorruptedError(forKey: key, in: container, debugDescription: reason)
        }
        let tool = try container.decode(String.self, forKey: .tool)
        guard tool == Self.toolName else {
            throw reject(.tool, "is \"\(tool)\", not \"\(Self.toolName)\"")
        }
        let format = try container.decode(Int.self, forKey: .format)
        guard format == Self.currentFormat else {
            throw reject(
                .format, "is \(format); this version reads format \(Self.currentFormat)")
        }
        version = try container.decode(String.self, forKey: .version)
        command = try container.decode([String].self, forKey: .command)
        let text = try container.decodeIfPresent(String.self, forKey: .seed)
        seed = text.flatMap(UInt64.init)
        if let text, seed == nil { throw reject(.seed, "is \"\(text)\", not a whole number") }
        date = try container.decode(String.self, forKey: .date)
        guard (try? Date(date, strategy: .iso8601)) != nil else {
            throw reject(.date, "is \"\(date)\", not a time such as 2026-11-25T10:00:00Z")
        }
        host = try container.decode(Machine.self, forKey: .host)
        inputs = try container.decode([FileRecord].self, forKey: .inputs)
        packages = try container.decode([Package].self, forKey: .packages)
        outputs = try container.decode([FileRecord].self, forKey: .outputs)
        for (key, records) in [(CodingKeys.inputs, inputs), (.outputs, outputs)] {
            for record in records where !record.isPlausible {
                throw reject(key, "\"\(record.path)\" needs a size and a SHA-256 of 64 hex digits")
            }
        }
    }
}

/// The longest manifest that is read, in bytes: 16 MiB.
private let largestManifest = 16 << 20

extension FileRecord {
    fileprivate var isPlausible: Bool {
        bytes >= 0 && sha256.utf8.count == 64
            && sha256.utf8.allSatisfy { (48 ... 57).contains($0) || (97 ... 102).contains($0) }
    }
}

extension DecodingError {
    /// One sentence about a manifest: which key, what is wrong.
    fileprivate func sentence(_ path: String) -> ReportingError {
        func key(_ codingPath: [any CodingKey]) -> String {
            codingPath.reduce(into: "") { text, part in
                if let index = part.intValue {
                    text += "[\(index)]"
                } else {
                    text += (text.isEmpty ? "" : ".") + part.stringValue
                }
            }
        }
        switch self {
        case .keyNotFound(let missing, let context):
            return .invalidManifest(
                path: path, key: key(context.codingPath + [missing]), reason: "is missing")
        case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
            return .invalidManifest(
                path: path, key: key(context.codingPath), reason: "is not a \(name(of: type))")
        case .dataCorrupted(let context):
            let reason =
                context.codingPath.isEmpty ? "is not valid JSON" : context.debugDescription
            return .invalidManifest(path: path, key: key(context.codingPath), reason: reason)
        @unknown default:
            return .invalidManifest(path: path, key: "", reason: "is not a manifest of tuneplan")
        }
    }

    private func name(of type: any Any.Type) -> String {
        switch type {
        case is String.Type: "text"
        case is Int.Type, is Int64.Type: "whole number"
        case is [Any].Type: "list"
        default: "object"
        }
    }
}
