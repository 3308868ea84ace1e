import Foundation

/// A path as it is seen from the working directory; one outside it stays as it is.
package func pathFromWorkingDirectory(_ path: String) -> String {
    let here = FileManager.default.currentDirectoryPath
    let folder = here.hasSuffix("/") ? here : here + "/"
    guard path.hasPrefix(folder) else { return path }
    return String(path.dropFirst(folder.count))
}

/// A path as reports record it: from the working directory, or the last part of one outside it.
///
/// Reports are passed on, and where a machine keeps its files is nobody else's concern; the SHA-256
/// beside the path says which file it was.
package func recordedPath(_ path: String) -> String {
    let seen = pathFromWorkingDirectory(path)
    return seen.hasPrefix("/") ? URL(fileURLWithPath: seen).lastPathComponent : seen
}

/// A command line as reports record it: the program by its name, paths as ``recordedPath(_:)`` has them.
func recordedCommand(_ arguments: [String]) -> [String] {
    arguments.enumerated().map { index, argument in
        if index == 0 { return URL(fileURLWithPath: argument).lastPathComponent }
        if argument.hasPrefix("/") { return recordedPath(argument) }
        guard argument.hasPrefix("--"), let equals = argument.firstIndex(of: "=") else {
            return argument
        }
        let value = argument[argument.index(after: equals)...]
        guard value.hasPrefix("/") else { return argument }
        return argument[...equals] + recordedPath(String(value))
    }
}
