import Foundation
import Glibc
import Synchronization

/// Threads that wait for the next kernel without going to sleep at once.
///
/// Waking a sleeping thread takes some 50 µs, longer than many kernels of a small model; a thread
/// that spins between kernels is there within a microsecond. After a pause longer than any between
/// two kernels of a step the threads do sleep.
final class WorkerPool: @unchecked Sendable {
    // `job` is written by the thread that holds `isBusy`, before `word` is stored, and read only by
    // threads that `word` names; that thread does not return before they are done. The rest is atomic
    // or guarded by `mutex`.

    /// The pool of this process.
    static let shared = WorkerPool()

    /// Bits of `word` that hold the number of iterations; the others count the calls.
    private static let iterationBits = 16
    /// How long a thread spins before it sleeps, in nanoseconds.
    private static let spinTime: UInt64 = 300_000

    private let isBusy = Atomic<Bool>(false)
    private let word = Atomic<Int>(0)
    private let remaining = Atomic<Int>(0)
    private let sleeping = Atomic<Int>(0)
    private var job: (Int) -> Void = { _ in }
    private var threadCount = 0
    private let processorCount = ProcessInfo.processInfo.activeProcessorCount
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    private init() {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    /// Runs `body(0)`, …, `body(iterations - 1)`, each on a thread of its own.
    ///
    /// - Returns: false, having run nothing, when another caller has the pool or when there are more
    ///   iterations than processors, where spinning would be in the way.
    func run(_ iterations: Int, _ body: @escaping (Int) -> Void) -> Bool {
        guard iterations <= processorCount,
            isBusy.compareExchange(
                expected: false, desired: true, ordering: .acquiringAndReleasing
            ).exchanged
        else { return false }
        defer { isBusy.store(false, ordering: .releasing) }
        while threadCount < iterations - 1 { startThread() }
        job = body
        remaining.store(iterations - 1, ordering: .relaxed)
        let call = word.load(ordering: .relaxed) >> Self.iterationBits &+ 1
        word.store(
            call << Self.iterationBits | iterations, ordering: .sequentiallyConsistent)
        if sleeping.load(ordering: .sequentiallyConsistent) > 0 {
            pthread_mutex_lock(mutex)
            pthread_cond_broadcast(condition)
            pthread_mutex_unlock(mutex)
        }
        body(0)
        var spins = 0
        while remaining.load(ordering: .acquiring) > 0 {
            spins += 1
            if spins & 0xFFFF == 0 { sched_yield() }
        }
        job = { _ in }
        return true
    }

    private func startThread() {
        threadCount += 1
        let index = threadCount
        let seen = word.load(ordering: .relaxed)
        let thread = Thread { self.work(index, seen: seen) }
        thread.name = "engine \(index)"
        thread.start()
    }

    private func work(_ index: Int, seen: Int) {
        var last = seen
        while true {
            last = next(after: last)
            guard index < last & (1 << Self.iterationBits - 1) else { continue }
            job(index)
            remaining.subtract(1, ordering: .releasing)
        }
    }

    /// Waits for a call that comes after `last`, spinning first.
    private func next(after last: Int) -> Int {
        let began = Self.now()
        var spins = 0
        while true {
            let current = word.load(ordering: .acquiring)
            if current != last { return current }
            spins += 1
            if spins & 0xFF == 0, Self.now() - began > Self.spinTime { break }
        }
        pthread_mutex_lock(mutex)
        sleeping.add(1, ordering: .sequentiallyConsistent)
        defer {
            sleeping.subtract(1, ordering: .sequentiallyConsistent)
            pthread_mutex_unlock(mutex)
        }
        while true {
            let current = word.load(ordering: .sequentiallyConsistent)
            if current != last { return current }
            pthread_cond_wait(condition, mutex)
        }
    }

    private static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
