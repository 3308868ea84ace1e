/// Sizes, in float32 elements, of the memory that kernels need while they run.
///
/// They depend on how many workers share the work and on the longest segment; the engine checks at
/// start that what a program reserves is what its kernels need.
package struct WorkspaceSizes: Sendable, Hashable {
    /// Threads that share the work of one op.
    package let workers: Int
    /// The longest segment that attention meets.
    package let longestSegment: Int
    /// Query heads for each key-value head.
    package let headsPerKeyValueHead: Int

    /// Query rows that attention handles at a time.
    package static let attentionTile = 64

    package init(workers: Int, longestSegment: Int, headsPerKeyValueHead: Int) {
        self.workers = workers
        self.longestSegment = longestSegment
        self.headsPerKeyValueHead = headsPerKeyValueHead
    }

    /// Scores of one tile for each worker.
    package var attention: Int { workers * Self.attentionTile * longestSegment }
    /// Probabilities and their gradients of one tile for each worker.
    package var attentionGradient: Int { 2 * attention + workers * Self.attentionTile }
    /// Scores of each row and head over the whole cache.
    package func cachedAttention(rows: Int, capacity: Int, headCount: Int) -> Int {
        workers * capacity * headsPerKeyValueHead * 64
    }
    /// Partial sums of the weight gradient for each worker.
    package func normGradient(width: Int) -> Int { workers * width }
}
