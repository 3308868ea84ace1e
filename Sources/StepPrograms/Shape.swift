/// The extents of a tensor, outermost first; one to three dimensions, stored row-major.
package struct Shape: Sendable, Hashable, CustomStringConvertible {
    /// Number of dimensions, 1 to 3.
    package let rank: Int
    // Extents from the outermost to the innermost, those in front that are missing being 1.
    private let first: Int
    private let second: Int
    private let third: Int

    private init(rank: Int, _ first: Int, _ second: Int, _ third: Int) {
        self.rank = rank
        self.first = first
        self.second = second
        self.third = third
    }

    /// A vector of `count` elements.
    package init(_ count: Int) { self.init(rank: 1, 1, 1, count) }

    /// A matrix.
    package init(_ rows: Int, _ width: Int) { self.init(rank: 2, 1, rows, width) }

    /// A stack of matrices.
    package init(_ outer: Int, _ rows: Int, _ width: Int) { self.init(rank: 3, outer, rows, width) }

    /// A shape from a list of one to three extents, as parameters are listed.
    package init(_ list: [Int]) {
        switch list.count {
        case 1: self.init(list[0])
        case 2: self.init(list[0], list[1])
        default: self.init(list[0], list[1], list[2])
        }
    }

    /// The extent of one dimension; 1 behind the innermost.
    package subscript(_ dimension: Int) -> Int {
        switch dimension + 3 - rank {
        case 0: first
        case 1: second
        case 2: third
        default: 1
        }
    }

    /// The number of elements.
    package var count: Int { first * second * third }
    /// The extent of the innermost dimension.
    package var width: Int { third }
    /// The extent of the dimension before the innermost: the outputs of a weight, or of each weight of
    /// a stack.
    package var outputs: Int { rank == 1 ? third : second }
    /// The number of rows when all but the innermost dimension are flattened.
    package var rows: Int { count / Swift.max(width, 1) }

    package var description: String {
        "[" + (0 ..< rank).map { String(self[$0]) }.joined(separator: ", ") + "]"
    }
}
