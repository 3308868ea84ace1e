/// Stops the program when one of our own promises is broken, in release builds with the message too.
///
/// For mistakes of this program only; wrong input is thrown, a plan that does not fit is a value.
@inlinable
package func invariant(
    _ condition: @autoclosure () -> Bool, _ message: @autoclosure () -> String,
    file: StaticString = #fileID, line: UInt = #line
) {
    if !condition() { fatalError(message(), file: file, line: line) }
}
