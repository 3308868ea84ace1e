import Quantities
import StepPrograms

/// A request that the allocator could not serve even after it had returned all it could.
package struct OutOfMemory: Error, Sendable, Hashable, CustomStringConvertible {
    /// The block that was needed.
    package var requested: Bytes
    /// What had to be taken from the device for it.
    package var segment: Bytes
    /// Bytes in use.
    package var allocated: Bytes
    /// Bytes held, in use or not.
    package var reserved: Bytes
    /// The most that may be held; nil where a single request is larger than any device.
    package var limit: Bytes?
    /// The largest cached block of the pool that was asked.
    package var largestFree: Bytes
    /// The tensor that was to be placed, where a step program was replayed.
    package var tensor: TensorID?
    /// The op that needed it.
    package var op: Int?

    /// Bytes held that no request could use: what fragmentation takes.
    package var fragmented: Bytes { reserved - allocated }
    /// Bytes of the device not held by the allocator.
    package var available: Bytes? { limit.map { $0 - reserved } }

    package var description: String {
        let place = op.map { " at op \($0)" } ?? ""
        let bound = limit.map { "of \($0) that the device has" } ?? "without a limit"
        return
            "a block of \(requested)\(place) needs a segment of \(segment), but \(reserved) \(bound) are held: \(allocated) in use and \(fragmented) free in pieces of at most \(largestFree)"
    }
}
