import Quantities

/// One thing that takes memory or disk, with where its size comes from.
package struct ResourceItem: Sendable, Hashable {
    /// What it is, in words.
    package let name: String
    /// How much it takes.
    package let bytes: Bytes
    /// Where the number comes from.
    package let basis: Basis
    /// The code that says so: library, version, file and function.
    package let source: String
    /// Whether the system may take it back when memory is short: pages of files that can be read again.
    package let isReclaimable: Bool

    package init(
        _ name: String, _ bytes: Bytes, basis: Basis = .derived, source: String,
        isReclaimable: Bool = false
    ) {
        self.name = name
        self.bytes = bytes
        self.basis = basis
        self.source = source
        self.isReclaimable = isReclaimable
    }
}

extension [ResourceItem] {
    /// What must be there: the sum of all items that cannot be taken back.
    package var needed: Bytes {
        filter { !$0.isReclaimable }.reduce(.zero) { $0 + $1.bytes }
    }

    /// What is used when there is room for it.
    package var total: Bytes { reduce(.zero) { $0 + $1.bytes } }
}
