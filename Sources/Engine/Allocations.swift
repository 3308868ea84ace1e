import COpenBLAS

/// Bytes the C allocator has handed out and not got back: what must not grow while steps run.
package func allocatedBytes() -> Int { Int(mallinfo2().uordblks) }
