import Dispatch
import Foundation
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// What happens when the user or the system stops the program: unfinished output is removed.
package enum InterruptCleanup {
    private static let child = Mutex<Int32>(0)
    private static let sources = Mutex<[any DispatchSourceSignal]>([])

    /// Handles SIGINT, SIGTERM and SIGHUP from now on; the command line calls this once.
    ///
    /// The exit status is 128 and the signal's number, as shells report it: 130 for Ctrl-C, 143 for
    /// SIGTERM. A signal that was ignored when the program started (`nohup`) stays ignored.
    package static func install() {
        sources.withLock { sources in
            guard sources.isEmpty else { return }
            for number in [SIGINT, SIGTERM, SIGHUP] {
                if isIgnoredAfterIgnoring(number) { continue }
                let source = DispatchSource.makeSignalSource(
                    signal: number, queue: .global(qos: .userInitiated))
                source.setEventHandler {
                    child.withLock { if $0 > 0 { _ = kill($0, SIGKILL) } }
                    TemporaryPaths.removeAllAndExit(
                        128 + number, saying: "\ntuneplan: interrupted; nothing was written\n")
                }
                // Until the source is registered, which happens elsewhere, a signal would be lost.
                let isRegistered = DispatchSemaphore(value: 0)
                source.setRegistrationHandler { isRegistered.signal() }
                source.resume()
                _ = isRegistered.wait(timeout: .now() + 1)
                sources.append(source)
            }
        }
    }

    /// Names the process that is to end with this one, which has nothing to clean up; 0 for none.
    package static func attend(child identifier: Int32) {
        child.withLock { $0 = identifier }
    }

    /// Turns the default action off, which a dispatch source needs, and answers whether it was off.
    private static func isIgnoredAfterIgnoring(_ number: Int32) -> Bool {
        let previous = signal(number, SIG_IGN)
        // SIG_IGN is the constant 1 as a function pointer, and function pointers cannot be compared.
        return unsafe unsafeBitCast(previous, to: Int.self) == 1
    }
}

/// Ends the process without running exit handlers, which other threads may be inside.
func exitAtOnce(_ status: Int32) -> Never { _exit(status) }
