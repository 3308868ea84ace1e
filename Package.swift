// swift-tools-version: 6.2
import PackageDescription

// Every dependency arrow of the design is written here and nowhere else: a target that is not listed
// cannot be imported. `Engine` is the only target without strict memory safety; the targets that
// wrap a C library mark each unsafe expression with `unsafe`.

let warnings: [SwiftSetting] = [.treatAllWarnings(as: .error)]
let safe: [SwiftSetting] = warnings + [.strictMemorySafety()]

func product(_ name: String, _ package: String) -> Target.Dependency {
    .product(name: name, package: package)
}

func tests(_ target: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .testTarget(
        name: "\(target)Tests",
        dependencies: [.target(name: target)] + dependencies,
        swiftSettings: warnings)
}

let package = Package(
    name: "tuneplan",
    products: [.executable(name: "tuneplan", targets: ["tuneplan"])],
    dependencies: [
        // The command line.
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        // `Relaxed` arithmetic lets a reduction vectorise (measured: 8×).
        .package(url: "https://github.com/apple/swift-numerics", exact: "1.1.1"),
        // Ordered dictionaries and heaps.
        .package(url: "https://github.com/apple/swift-collections", exact: "1.6.0"),
        // People write plans and task files in YAML.
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        // SHA-256 of data, model and catalogs in every manifest.
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        // Documentation that fails the build when a link is broken.
        .package(url: "https://github.com/swiftlang/swift-docc-plugin", exact: "1.5.0"),
    ],
    targets: [
        .systemLibrary(
            name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
        .systemLibrary(name: "CGSL", providers: [.apt(["libgsl-dev"])]),
        .systemLibrary(name: "CLibCSV", providers: [.apt(["libcsv-dev"])]),

        .target(name: "Quantities", swiftSettings: safe),
        .target(name: "JSON", swiftSettings: safe),
        .target(name: "Architectures", dependencies: ["Quantities"], swiftSettings: safe),
        .target(name: "StepPrograms", dependencies: ["Quantities"], swiftSettings: safe),
        .target(
            name: "Catalog", dependencies: ["Quantities", "Architectures", "CLibCSV"],
            swiftSettings: safe),
        .target(
            name: "ModelFiles",
            dependencies: [
                "Quantities", "Architectures", "JSON",
                product("OrderedCollections", "swift-collections"),
            ],
            swiftSettings: safe),
        .target(
            name: "TrainingSteps", dependencies: ["Architectures", "Catalog", "StepPrograms"],
            swiftSettings: safe),
        .target(
            name: "Simulation", dependencies: ["Catalog", "StepPrograms"], swiftSettings: safe),
        .target(
            name: "Engine",
            dependencies: ["StepPrograms", "COpenBLAS", product("RealModule", "swift-numerics")],
            swiftSettings: warnings),
        .target(
            name: "Training",
            dependencies: ["Engine", "TrainingSteps", "ModelFiles", "Statistics"],
            swiftSettings: safe),
        .target(name: "Statistics", dependencies: ["CGSL"], swiftSettings: safe),
        .target(
            name: "Planning", dependencies: ["TrainingSteps", "Simulation", "Statistics"],
            swiftSettings: safe),
        .target(
            name: "Validation", dependencies: ["Planning", "Training", "Statistics"],
            swiftSettings: safe),
        .target(
            name: "Reporting",
            dependencies: [
                "Quantities", "JSON", "StepPrograms", product("Crypto", "swift-crypto"),
            ],
            swiftSettings: safe),
        .executableTarget(
            name: "tuneplan",
            dependencies: [
                "Validation", "Reporting", product("ArgumentParser", "swift-argument-parser"),
            ],
            swiftSettings: safe),
        .executableTarget(
            name: "bench",
            dependencies: [
                "Validation", "Reporting", product("ArgumentParser", "swift-argument-parser"),
            ],
            swiftSettings: safe),

        tests("Quantities"), tests("JSON"), tests("Architectures"), tests("StepPrograms"),
        tests("Catalog"),
        tests("ModelFiles"), tests("TrainingSteps"), tests("Simulation"), tests("Engine"),
        tests("Training"), tests("Statistics"), tests("Planning"), tests("Validation"),
        tests("Reporting"),
        // The program as its users run it.
        .testTarget(
            name: "CommandLineTests", dependencies: ["tuneplan"], swiftSettings: warnings),
    ],
    swiftLanguageModes: [.v6]
)
