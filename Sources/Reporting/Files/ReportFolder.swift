import Foundation

/// A folder of output that appears complete, in one step, or not at all.
///
/// Files are written into a hidden folder beside the destination; ``commit(_:)`` writes the manifest
/// and puts the folder in place. Without a commit, everything is removed when the value goes away.
package struct ReportFolder: ~Copyable {
    /// Where the report will be, as the user wrote it.
    package let destination: String
    private let target: String
    private let temporary: String
    private let madeFolders: [String]
    private var names: [String] = []

    /// Begins a report, after checking that the destination may be written or replaced.
    ///
    /// A destination may be absent, an empty folder, or an earlier report to which nobody added files.
    package init(at destination: String) throws(ReportingError) {
        let target = try resolved(destination)
        try checkReplaceable(target, named: destination)
        let temporary = TemporaryPaths.sibling(of: target)
        let madeFolders = try makeTemporaryFolder(temporary, for: destination)
        self.destination = destination
        self.target = target
        self.temporary = temporary
        self.madeFolders = madeFolders
    }

    deinit { TemporaryPaths.discard(temporary, madeFolders: madeFolders) }

    /// Writes a file of the report; the name may lead into subfolders, which are made.
    package mutating func write(_ data: Data, as name: String) throws(ReportingError) {
        let path = try reserve(name)
        do {
            try TemporaryPaths.withLock { (_) throws(ReportingError) in
                try SystemCalls.write(data, to: path, isNew: true)
            }
        } catch {
            throw error.naming("\(destination)/\(name)", insteadOf: path)
        }
    }

    /// Writes a text file of the report as UTF-8.
    package mutating func write(_ text: String, as name: String) throws(ReportingError) {
        try write(Data(text.utf8), as: name)
    }

    /// A path inside the unfinished report, for a file that other code writes before the commit.
    package mutating func reserve(_ name: String) throws(ReportingError) -> String {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        let isInside = parts.allSatisfy { !["", ".", ".."].contains($0) } && !name.contains("\0")
        guard isInside, name != Manifest.fileName, !names.contains(name) else {
            throw .invalidName(name)
        }
        try TemporaryPaths.withLock { (_) throws(ReportingError) in
            for count in 1 ..< max(parts.count, 1) {
                let folder = parts.prefix(count).joined(separator: "/")
                _ = try SystemCalls.makeFolder("\(temporary)/\(folder)")
            }
        }
        names.append(name)
        return "\(temporary)/\(name)"
    }

    /// Completes the report: adds the outputs to the manifest, writes it, and puts the folder in place.
    ///
    /// The destination is checked again, because the run may have taken hours.
    package consuming func commit(_ manifest: Manifest) throws(ReportingError) -> Manifest {
        var manifest = manifest
        for name in names {
            manifest.outputs.append(try FileRecord(hashing: "\(temporary)/\(name)", label: name))
        }
        let text = manifest.json.text() + "\n"
        let (temporary, target, destination) = (temporary, target, destination)
        do {
            try TemporaryPaths.withLock { (_) throws(ReportingError) in
                try SystemCalls.write(
                    Data(text.utf8), to: "\(temporary)/\(Manifest.fileName)", isNew: true)
                try checkReplaceable(target, named: destination)
                try putInPlace(temporary, target)
            }
        } catch {
            throw error.naming(
                "\(destination)/\(Manifest.fileName)",
                insteadOf: "\(temporary)/\(Manifest.fileName)"
            ).naming(destination, insteadOf: target)
        }
        return manifest
    }
}

/// Makes the unfinished folder and answers the folders that had to be made above it.
private func makeTemporaryFolder(
    _ temporary: String, for destination: String
) throws(ReportingError) -> [String] {
    let parent = URL(fileURLWithPath: temporary).deletingLastPathComponent().path
    do {
        return try TemporaryPaths.withLock { (registry) throws(ReportingError) in
            let made = try makeFolders(parent)
            do throws(ReportingError) {
                _ = try SystemCalls.makeFolder(temporary)
            } catch {
                for folder in made { SystemCalls.removeIfEmpty(folder) }
                throw error
            }
            registry.unfinished.insert(temporary)
            registry.madeFolders.insert(contentsOf: made, at: 0)
            return made
        }
    } catch {
        throw error.naming(destination, insteadOf: temporary)
    }
}

/// Puts a folder in the place of an absent, an empty or an earlier one.
///
/// An earlier report steps aside first, comes back when the move fails, and is left at the temporary
/// path, where it is removed, when it succeeds.
private func putInPlace(
    _ temporary: String, _ target: String
) throws(ReportingError) {
    guard SystemCalls.kind(of: "\(target)/\(Manifest.fileName)") == .file else {
        return try SystemCalls.move(temporary, to: target)
    }
    let aside = TemporaryPaths.sibling(of: target)
    try SystemCalls.move(target, to: aside)
    do {
        try SystemCalls.move(temporary, to: target)
    } catch {
        try SystemCalls.move(aside, to: target)
        throw error
    }
    try SystemCalls.move(aside, to: temporary)
}

/// The absolute path of a destination, links followed; its last part need not exist.
private func resolved(_ destination: String) throws(ReportingError) -> String {
    guard !destination.isEmpty, !destination.contains("\0") else {
        throw .cannotWrite(path: "\"\(destination)\"", reason: "it is not a path")
    }
    if SystemCalls.isDanglingLink(destination) {
        throw .cannotWrite(path: destination, reason: "it is a link that leads nowhere")
    }
    let path =
        SystemCalls.canonicalPath(destination)
        ?? URL(fileURLWithPath: destination).standardizedFileURL.path
    guard path != "/" else { throw .notAReport(path: destination) }
    return path
}

/// Makes a folder and those above it, and answers the ones that were new, inner ones first.
private func makeFolders(_ path: String) throws(ReportingError) -> [String] {
    guard SystemCalls.kind(of: path) != .folder, path != "/" else { return [] }
    let made = try makeFolders(URL(fileURLWithPath: path).deletingLastPathComponent().path)
    do {
        return try SystemCalls.makeFolder(path) ? [path] + made : made
    } catch {
        for folder in made { SystemCalls.removeIfEmpty(folder) }
        throw error
    }
}

/// Throws unless a path is absent, an empty folder, or a report that holds only its own files.
private func checkReplaceable(_ path: String, named name: String) throws(ReportingError) {
    switch SystemCalls.kind(of: path) {
    case .absent: return
    case .file, .other: throw .notAFolder(path: name)
    case .folder: break
    }
    if try names(inside: path, named: name, isDeep: false).isEmpty { return }
    guard let manifest = try? Manifest(readingFrom: "\(path)/\(Manifest.fileName)")
    else { throw .notAReport(path: name) }
    var own: Set<String> = [Manifest.fileName]
    for output in manifest.outputs {
        let parts = output.path.split(separator: "/")
        for count in parts.indices { own.insert(parts[...count].joined(separator: "/")) }
    }
    let foreign = try names(inside: path, named: name, isDeep: true).first { !own.contains($0) }
    if let foreign { throw .foreignFile(path: name, file: foreign) }
}

/// The relative paths of everything in a folder, sorted; without its subfolders unless deep.
private func names(
    inside path: String, named name: String, isDeep: Bool
) throws(ReportingError) -> [String] {
    do {
        let names =
            isDeep
            ? try FileManager.default.subpathsOfDirectory(atPath: path)
            : try FileManager.default.contentsOfDirectory(atPath: path)
        return names.sorted()
    } catch {
        throw .cannotRead(path: name, reason: "its contents cannot be listed")
    }
}
