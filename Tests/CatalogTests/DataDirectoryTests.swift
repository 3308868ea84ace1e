import Catalog
import Foundation
import Testing

@Suite struct DataDirectoryTests {
    @Test func isFoundAboveTheExecutable() throws {
        try withDirectory(["data/catalogs/gpus.csv": "gpu\n", "build/debug/run": ""]) { root in
            let found = try DataDirectory.locate(
                environment: [:], executable: root.appendingPathComponent("build/debug/run"),
                currentDirectory: URL(fileURLWithPath: "/"))
            #expect(
                found.catalogs.resolvingSymlinksInPath().path
                    == root.appendingPathComponent("data/catalogs").resolvingSymlinksInPath().path)
        }
    }

    @Test func isFoundFromTheCurrentDirectoryWhenTheExecutableIsElsewhere() throws {
        try withDirectory(["data/catalogs/gpus.csv": "gpu\n", "deep/er/x": ""]) { root in
            let found = try DataDirectory.locate(
                environment: [:], executable: URL(fileURLWithPath: "/usr/bin/env"),
                currentDirectory: root.appendingPathComponent("deep/er"))
            #expect(found.url.lastPathComponent == "data")
        }
    }

    @Test func theEnvironmentComesFirstAndMustBeRight() throws {
        try withDirectory(["mine/catalogs/gpus.csv": "gpu\n", "other/x": ""]) { root in
            let mine = root.appendingPathComponent("mine").path
            let found = try DataDirectory.locate(environment: ["TUNEPLAN_DATA": mine])
            #expect(found.url.path == mine)
            let wrong = root.appendingPathComponent("other").path
            let error = #expect(throws: CatalogError.self) {
                try DataDirectory.locate(environment: ["TUNEPLAN_DATA": wrong])
            }
            #expect(error?.description.contains("\(wrong) (TUNEPLAN_DATA)") == true)
        }
    }

    @Test func saysWhereItLooked() throws {
        try withDirectory(["empty/x": ""]) { root in
            let error = #expect(throws: CatalogError.self) {
                try DataDirectory.locate(
                    environment: [:], executable: nil,
                    currentDirectory: root.appendingPathComponent("empty"))
            }
            #expect(error?.description.contains("empty and above") == true)
            #expect(error?.description.contains("TUNEPLAN_DATA") == true)
        }
    }
}
