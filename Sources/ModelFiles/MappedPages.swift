import Foundation
import Glibc

extension MappedFile {
    /// Tells the system that pages of the mapping are not needed for now, so that a file that has
    /// been read stops counting as memory of this process.
    ///
    /// A hint that can be refused; the pages come back from the file when they are read again.
    package func releasePages(from offset: Int, count: Int) {
        let page = sysconf(Int32(_SC_PAGESIZE))
        unsafe data.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            let start = UInt(bitPattern: base) + UInt(offset)
            let end = start + UInt(count)
            let first = (start + UInt(page) - 1) / UInt(page) * UInt(page)
            let last = end / UInt(page) * UInt(page)
            guard last > first, let pointer = unsafe UnsafeMutableRawPointer(bitPattern: first)
            else {
                return
            }
            // MADV_PAGEOUT (21): unlike MADV_DONTNEED it never loses what is not backed by a file.
            _ = unsafe madvise(pointer, Int(last - first), 21)
        }
    }
}
