import Foundation

/// What a run was made from, so that any of its numbers can be made again.
package struct Manifest: Sendable, Hashable {
    /// The manifest's name in every report folder.
    package static let fileName = "manifest.json"
    /// The version of the layout this program writes and reads.
    package static let currentFormat = 1
    /// The name by which a report folder of this program is known.
    package static let toolName = "tuneplan"

    /// The version of this program.
    package let version: String
    /// The command line, from the program's name on; no path leads outside the working directory.
    package let command: [String]
    /// The seed of the random numbers, or nil when none were drawn.
    package let seed: UInt64?
    /// When the run began: ISO 8601, UTC, whole seconds.
    package let date: String
    /// Where the run took place.
    package let host: Machine
    /// The files the run read.
    package var inputs: [FileRecord]
    /// The libraries that decide the numbers.
    package let packages: [Package]
    /// The files of the report, without the manifest itself.
    package var outputs: [FileRecord]

    /// A library with its version or configuration.
    package struct Package: Sendable, Hashable, Decodable {
        /// The library's name.
        package let name: String
        /// Its version, or the configuration string it reports.
        package let version: String

        package init(_ name: String, version: String) {
            self.name = name
            self.version = version
        }

        var json: JSONValue { ["name": .string(name), "version": .string(version)] }
    }

    package init(
        version: String, command: [String], seed: UInt64?, date: Date = Manifest.now(),
        host: Machine = .current(), inputs: [FileRecord], packages: [Package],
        outputs: [FileRecord] = []
    ) {
        self.version = version
        self.command = recordedCommand(command)
        self.seed = seed
        self.date = date.formatted(.iso8601)
        self.host = host
        self.inputs = inputs
        self.packages = packages
        self.outputs = outputs
    }

    /// The present time, or the one in `SOURCE_DATE_EPOCH` so that committed reports stay the same.
    ///
    /// Source: https://reproducible-builds.org/docs/source-date-epoch/
    package static func now(
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> Date {
        let seconds = environment["SOURCE_DATE_EPOCH"].flatMap(Int32.init).map(TimeInterval.init)
        return seconds.map(Date.init(timeIntervalSince1970:)) ?? Date()
    }

    /// The manifest as JSON; the seed is text, because readers lose digits of large numbers.
    package var json: JSONValue {
        [
            "tool": .string(Self.toolName), "format": .count(Self.currentFormat),
            "version": .string(version), "command": .strings(command),
            "seed": .optional(seed.map(String.init)), "date": .string(date), "host": host.json,
            "inputs": .array(inputs.map(\.json)), "packages": .array(packages.map(\.json)),
            "outputs": .array(outputs.map(\.json)),
        ]
    }
}
