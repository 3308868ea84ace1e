import Quantities

/// What the allocator counts, under the names of `torch.cuda.memory_stats`.
package struct AllocatorStatistics: Sendable, Hashable {
    /// An amount now and at most so far.
    package struct Level: Sendable, Hashable {
        /// Now.
        package private(set) var current = Bytes.zero
        /// At most, since the start or the last `resetPeak`.
        package private(set) var peak = Bytes.zero

        mutating func change(by bytes: Int) {
            current += Bytes(bytes)
            if current > peak { peak = current }
        }

        mutating func resetPeak() { peak = current }
    }

    /// Bytes of blocks in use, rounding included (`allocated_bytes`).
    package internal(set) var allocated = Level()
    /// Bytes taken from the device (`reserved_bytes`).
    package internal(set) var reserved = Level()
    /// Blocks in use (`active`).
    package internal(set) var activeBlocks = 0
    /// Pieces of memory taken by `cudaMalloc` and still held (`segment`).
    package internal(set) var segments = 0
    /// Ranges of addresses whose pages are mapped as needed.
    package internal(set) var expandableSegments = 0
    /// How often cached blocks were returned because the device had no more (`num_alloc_retries`).
    package internal(set) var retries = 0

    /// Requests served and blocks taken back so far.
    package internal(set) var events = 0

    /// Bytes that are held and not in use.
    package var cached: Bytes { reserved.current - allocated.current }

    mutating func resetPeaks() {
        allocated.resetPeak()
        reserved.resetPeak()
    }
}
