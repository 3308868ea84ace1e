import Glibc
import Quantities

/// One block of zeroed memory that holds every tensor of a program; freed when the owner goes.
struct Arena: ~Copyable {
    /// The first byte; a page boundary, so at least 64-byte aligned.
    let base: UnsafeMutableRawPointer
    /// Length in bytes.
    let size: Bytes

    /// Maps `size` bytes.
    ///
    /// - Throws: `EngineError.outOfMemory` when the system does not grant them.
    init(size: Bytes) throws(EngineError) {
        let length = max(size.count, 1)
        let pointer = mmap(
            nil, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let pointer, pointer != MAP_FAILED else { throw .outOfMemory(size) }
        base = pointer
        self.size = Bytes(length)
    }

    deinit { munmap(base, size.count) }
}

/// Why the engine cannot run a program.
package enum EngineError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The system granted no memory.
    case outOfMemory(Bytes)
    /// A tensor is stored in a format the engine has no kernels for.
    case unsupportedFormat(tensor: String, format: String)
    /// An op that only other frameworks run.
    case unsupportedOp(String)

    package var description: String {
        switch self {
        case .outOfMemory(let size):
            "this machine does not grant the \(size) that the step needs; use a smaller batch, a "
                + "shorter sequence or gradient checkpointing"
        case .unsupportedFormat(let tensor, let format):
            "\(tensor) is stored as \(format), which the local engine cannot compute with"
        case .unsupportedOp(let name):
            "the program contains \(name), an op of an eager framework that is only simulated"
        }
    }
}
