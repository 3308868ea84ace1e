/// The extents of a tensor, outermost first; one to three dimensions, stored row-major.
package struct Shape: Sendable, Hashable, CustomStringConvertible {
    /// Number of dimensions, 1 to 3.
    package let rank: Int
    private let extents: SIMD4<Int>

    /// A vector of `count` elements.
    package init(_ count: Int) {
        rank = 1
        extents = SIMD4(count, 1, 1, 1)
    }

    /// A matrix.
    package init(_ rows: Int, _ width: Int) {
        rank = 2
        extents = SIMD4(rows, width, 1, 1)
    }

    /// A stack of matrices.
    package init(_ outer: Int, _ rows: Int, _ width: Int) {
        rank = 3
        extents = SIMD4(outer, rows, width, 1)
    }

    /// A shape from a list of one to three extents, as parameters are listed.
    package init(_ list: [Int]) {
        switch list.count {
        case 1: self.init(list[0])
        case 2: self.init(list[0], list[1])
        default: self.init(list[0], list[1], list[2])
        }
    }

    /// The extent of one dimension.
    package subscript(_ dimension: Int) -> Int { extents[dimension] }

    /// The number of elements.
    package var count: Int { extents[0] * extents[1] * extents[2] }
    /// The extent of the innermost dimension.
    package var width: Int { extents[rank - 1] }
    /// The extent of the dimension before the innermost: the outputs of a weight, or of each weight of
    /// a stack.
    package var outputs: Int { extents[Swift.max(rank - 2, 0)] }
    /// The number of rows when all but the innermost dimension are flattened.
    package var rows: Int { count / Swift.max(width, 1) }

    package var description: String {
        "[" + (0 ..< rank).map { String(extents[$0]) }.joined(separator: ", ") + "]"
    }
}
