import Foundation

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Standard output and standard error, whatever they lead to.
package enum StandardStreams {
    /// Makes the streams safe to write to; the command line calls this before anything else.
    ///
    /// A closed stream leads to `/dev/null`, so that no file opened later takes its place, and a reader
    /// that went away, or a file that outgrows its limit, shows as a failed write instead of a signal that
    /// leaves unfinished output behind.
    package static func prepare() {
        for descriptor in Int32(0) ... 2 where fcntl(descriptor, F_GETFD) == -1 {
            // The lowest free descriptor is given out, which is this one.
            _ = unsafe open("/dev/null", O_RDWR)
        }
        _ = signal(SIGPIPE, SIG_IGN)
        _ = signal(SIGXFSZ, SIG_IGN)
    }

    /// Writes to standard output at once.
    ///
    /// When that fails the program ends without unfinished output: silently with status 141 when the
    /// reader went away, as after SIGPIPE, else with a sentence and `failureStatus`.
    package static func output(_ data: Data, failureStatus: Int32) {
        let failure = SystemCalls.writeAll(data, to: 1)
        if failure == 0 { return }
        if failure == EPIPE { TemporaryPaths.removeAllAndExit(128 + SIGPIPE, saying: "") }
        TemporaryPaths.removeAllAndExit(
            failureStatus,
            saying: "tuneplan: standard output: cannot be written: \(SystemCalls.reason(failure))\n"
        )
    }

    /// Writes to standard error; failure is ignored, as there is nowhere left to report it.
    package static func error(_ text: String) { SystemCalls.writeToStandardError(text) }
}
