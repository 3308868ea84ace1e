/// A float32 sum in the order in which PyTorch adds on one thread of a CPU.
///
/// The mean of scales is rounded into every weight of a matrix and decides codes that lie near a middle,
/// so its last bit matters. `aten/src/ATen/native/cpu/SumKernel.cpp` keeps four accumulators of eight
/// lanes and empties them into coarser levels, so that long sums stay accurate.
enum CascadeSum {
    private static let levelCount = 4
    private static let accumulatorCount = 4

    /// The sum of all values.
    static func sum(_ values: [Float]) -> Float {
        let lanes = values.count >= 8 ? 8 : 1
        let width = accumulatorCount * lanes
        let rows = values.count / width
        // A level takes 2^power sums of the one below.
        let power = max(4, bits(of: rows) / levelCount)
        var levels = [[Float]](
            repeating: [Float](repeating: 0, count: width), count: levelCount)
        for row in 0 ..< rows {
            for i in 0 ..< width { levels[0][i] += values[row * width + i] }
            empty(&levels, after: row + 1, power: power)
        }
        for level in 1 ..< levelCount {
            for i in 0 ..< width { levels[0][i] += levels[level][i] }
        }
        // Vectors that do not fill a row go to the first accumulator, single values come first of all.
        let whole = values.count / lanes * lanes
        for index in rows * width ..< whole { levels[0][index % lanes] += values[index] }
        for i in lanes ..< width { levels[0][i % lanes] += levels[0][i] }
        return levels[0][..<lanes].reduce(values[whole...].reduce(0, +), +)
    }

    /// Moves each level that has taken its share to the next.
    private static func empty(_ levels: inout [[Float]], after rows: Int, power: Int) {
        for level in 1 ..< levelCount where rows.trailingZeroBitCount >= level * power {
            for i in levels[level].indices {
                levels[level][i] += levels[level - 1][i]
                levels[level - 1][i] = 0
            }
        }
    }

    /// The logarithm to base two, rounded up; 0 for 0.
    private static func bits(of count: Int) -> Int {
        count > 1 ? Int.bitWidth - (count - 1).leadingZeroBitCount : 0
    }
}
