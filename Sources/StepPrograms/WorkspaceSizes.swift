/// Sizes, in float32 elements, of the memory that kernels need while they run.
///
/// They depend on how many workers share the work and on the longest segment; the engine checks at
/// start that what a program reserves is what its kernels need.
package struct WorkspaceSizes: Sendable, Hashable {
    /// Threads that share the work of one op.
    package let workers: Int
    /// The longest segment that attention meets.
    package let longestSegment: Int

    /// Query rows that attention handles at a time.
    package static let attentionTile = 64

    package init(workers: Int, longestSegment: Int) {
        self.workers = workers
        self.longestSegment = longestSegment
    }

    /// Scores of one tile for each worker.
    package var attention: Int { workers * Self.attentionTile * longestSegment }
    /// Probabilities and their gradients of one tile for each worker.
    package var attentionGradient: Int { 2 * attention + workers * Self.attentionTile }
    /// Scores of one tile over the whole cache for each worker.
    package func cachedAttention(capacity: Int) -> Int {
        workers * capacity * Self.attentionTile
    }
    /// Partial sums of the weight gradient for each worker.
    package func normGradient(width: Int) -> Int { workers * width }
}
