import Foundation

/// The directory with the catalogs and the measurements, found when the program runs.
package struct DataDirectory: Sendable, Hashable {
    /// The directory that holds `catalogs` and `measurements`.
    package let url: URL

    /// A directory that is known to be the right one.
    package init(_ url: URL) { self.url = url }

    /// Where `gpus.csv`, `gpu_prices.csv`, `api_prices.csv`, `models.csv` and `published_runs.csv` are.
    package var catalogs: URL { url.appendingPathComponent("catalogs", isDirectory: true) }
    /// Where the measured runs are.
    package var measurements: URL { url.appendingPathComponent("measurements", isDirectory: true) }

    /// Finds the data: the directory in the environment variable TUNEPLAN_DATA when that is set, else
    /// `data` beside the executable or in a directory above it, else the same from the current directory.
    package static func locate(
        environment: [String: String] = ProcessInfo.processInfo.environment,
        executable: URL? = Bundle.main.executableURL,
        currentDirectory: URL = URL(
            fileURLWithPath: FileManager.default.currentDirectoryPath, isDirectory: true)
    ) throws(CatalogError) -> DataDirectory {
        if let stated = environment["TUNEPLAN_DATA"], !stated.isEmpty {
            let directory = DataDirectory(URL(fileURLWithPath: stated, isDirectory: true))
            guard directory.isMarked else {
                throw .dataDirectoryNotFound(searched: ["\(stated) (TUNEPLAN_DATA)"])
            }
            return directory
        }
        var searched: [String] = []
        let program = executable?.resolvingSymlinksInPath().deletingLastPathComponent()
        for start in [program, currentDirectory].compactMap({ $0?.standardizedFileURL }) {
            searched.append("\(start.path) and above")
            if let found = search(upwardFrom: start) { return found }
        }
        throw .dataDirectoryNotFound(searched: searched)
    }

    private static func search(upwardFrom start: URL) -> DataDirectory? {
        var directory = start
        for _ in 0 ..< 64 {
            let candidate = DataDirectory(
                directory.appendingPathComponent("data", isDirectory: true))
            if candidate.isMarked { return candidate }
            let parent = directory.deletingLastPathComponent().standardizedFileURL
            if parent.path == directory.path { return nil }
            directory = parent
        }
        return nil
    }

    private var isMarked: Bool {
        FileManager.default.fileExists(
            atPath: catalogs.appendingPathComponent("gpus.csv").path)
    }
}
