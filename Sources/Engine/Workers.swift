import Dispatch
import Synchronization

/// The threads that share the work of one kernel.
///
/// Work is cut the same way for the same `count`, and each piece is computed by one thread, so results
/// are bitwise reproducible for a given count. Never nest.
package struct Workers: Sendable, Hashable {
    /// Number of threads, the calling one included.
    package let count: Int

    /// Workers of at least one thread.
    package init(count: Int) { self.count = max(1, count) }

    /// Runs `body(task, worker)` once for each task.
    ///
    /// Whoever is free takes the next task, so a result must not depend on `worker`, which is less than
    /// `count` and only tells apart the scratch of calls that run at the same time.
    package func forEach(_ tasks: Int, _ body: (_ task: Int, _ worker: Int) -> Void) {
        guard count > 1, tasks > 1 else {
            for task in 0 ..< tasks { body(task, 0) }
            return
        }
        let next = Atomic<Int>(0)
        concurrently(min(count, tasks)) { worker in
            while true {
                let task = next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard task < tasks else { return }
                body(task, worker)
            }
        }
    }

    /// Number of ranges into which `split` cuts `total` elements.
    package func parts(of total: Int, minimum: Int) -> Int {
        max(1, min(count, total / max(1, minimum)))
    }

    /// Cuts 0 ..< total into one range for each worker and runs `body(range, worker)`.
    ///
    /// - Parameters:
    ///   - total: number of elements.
    ///   - minimum: fewer elements than this do not pay for waking a thread.
    ///   - alignment: ranges begin at multiples of this.
    ///   - body: must touch nothing outside its range, and may keep sums under its worker's index.
    package func split(
        _ total: Int, minimum: Int = 65536, alignment: Int = 16,
        _ body: (_ range: Range<Int>, _ worker: Int) -> Void
    ) {
        let parts = parts(of: total, minimum: minimum)
        guard parts > 1 else {
            if total > 0 { body(0 ..< total, 0) }
            return
        }
        let blocks = (total + alignment - 1) / alignment
        concurrently(parts) { part in
            let start = min(total, blocks * part / parts * alignment)
            let end = min(total, blocks * (part + 1) / parts * alignment)
            if start < end { body(start ..< end, part) }
        }
    }

    private func concurrently(_ iterations: Int, _ body: (Int) -> Void) {
        withoutActuallyEscaping(body) { body in
            // The closures of this module write through raw pointers, each to places that no other
            // iteration touches; both ways return after the last of them.
            nonisolated(unsafe) let body = body
            if !WorkerPool.shared.run(iterations, body) {
                DispatchQueue.concurrentPerform(iterations: iterations) { body($0) }
            }
        }
    }
}
