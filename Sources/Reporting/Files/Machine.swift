import Foundation

/// The machine and the compiler behind a run.
package struct Machine: Sendable, Hashable, Decodable {
    /// The processor's name.
    package let processor: String
    /// The processor cores this process may use.
    package let coreCount: Int
    /// The main memory in bytes.
    package let memoryBytes: Int64
    /// The operating system with its version.
    package let operatingSystem: String
    /// The compiler this program was built with.
    package let compiler: String

    private enum CodingKeys: String, CodingKey {
        case processor
        case coreCount = "core_count"
        case memoryBytes = "memory_bytes"
        case operatingSystem = "operating_system"
        case compiler
    }

    package init(
        processor: String, coreCount: Int, memoryBytes: Int64, operatingSystem: String,
        compiler: String
    ) {
        self.processor = processor
        self.coreCount = coreCount
        self.memoryBytes = memoryBytes
        self.operatingSystem = operatingSystem
        self.compiler = compiler
    }

    /// This machine.
    package static func current() -> Machine {
        Machine(
            processor: field("model name", separator: ":", inFile: "/proc/cpuinfo") ?? architecture,
            coreCount: ProcessInfo.processInfo.activeProcessorCount,
            memoryBytes: Int64(clamping: ProcessInfo.processInfo.physicalMemory),
            operatingSystem: field("PRETTY_NAME", separator: "=", inFile: "/etc/os-release")
                ?? ProcessInfo.processInfo.operatingSystemVersionString,
            compiler: compilerVersion)
    }

    var json: JSONValue {
        [
            "processor": .string(processor), "core_count": .count(coreCount),
            "memory_bytes": .integer(memoryBytes), "operating_system": .string(operatingSystem),
            "compiler": .string(compiler),
        ]
    }

    private static var architecture: String {
        #if arch(x86_64)
        "x86_64"
        #elseif arch(arm64)
        "arm64"
        #else
        "unknown"
        #endif
    }

    private static var compilerVersion: String {
        #if compiler(>=6.4)
        "Swift 6.4 or later"
        #elseif compiler(>=6.3)
        "Swift 6.3"
        #else
        "Swift 6.2"
        #endif
    }
}

/// The first value under a name in a file of `name separator value` lines, without quotes.
private func field(_ name: String, separator: Character, inFile path: String) -> String? {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
    for line in text.split(separator: "\n") {
        let parts = line.split(separator: separator, maxSplits: 1)
        guard parts.count == 2, parts[0].trimmingCharacters(in: .whitespaces) == name else {
            continue
        }
        return parts[1].trimmingCharacters(in: CharacterSet(charactersIn: " \t\""))
    }
    return nil
}
