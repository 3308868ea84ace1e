import Quantities
import StepPrograms
import Testing

/// Costs that can be counted by hand.
@Suite struct CostTests {
    private func builder() -> ProgramBuilder {
        ProgramBuilder(
            workspaces: WorkspaceSizes(workers: 1, longestSegment: 4))
    }

    @Test func addReadsTwoAndWritesOne() throws {
        var b = builder()
        let x = b.tensor("x", Shape(2, 3), .input)
        let y = b.tensor("y", Shape(2, 3), .output)
        _ = b.add(x, into: y)
        b.endSection(.scoring)
        let program = try b.finish(origin: "add")
        let cost = program.cost(of: program.ops[0], occupancy: .full(length: 2))
        #expect(cost.traffic == Bytes(3 * 6 * 4))
        #expect(cost.flops == FLOPs(6.0))
        #expect(cost.product == nil)
    }

    @Test func linearCountsTwoForEachMultiplyAdd() throws {
        var b = builder()
        let x = b.tensor("x", Shape(5, 3), .input)
        let w = b.weight("w", Shape(7, 3), role: .parameter, trains: false)
        _ = b.linear(x, weight: w, name: "y")
        b.endSection(.scoring)
        let program = try b.finish(origin: "linear")
        let cost = program.cost(of: program.ops[0], occupancy: .full(length: 5))
        #expect(cost.flops == FLOPs(2.0 * 5 * 3 * 7))
        #expect(cost.traffic == Bytes((15 + 21 + 35) * 4))
        #expect(cost.product == MatrixShape(m: 5, n: 7, k: 3))
    }

    @Test func crossEntropyCostsOnlyTargetRows() throws {
        var b = builder()
        let hidden = b.tensor("hidden", Shape(8, 4), .input)
        let head = b.weight("head", Shape(16, 4), role: .parameter, trains: false)
        let targets = b.tensor("targets", Shape(8), .input, format: .int32)
        let weights = b.tensor("weights", Shape(8), .input)
        let loss = b.tensor("loss", Shape(1), .output)
        b.crossEntropy(
            hidden: hidden, head: head, targets: targets, weights: weights, loss: loss, chunk: 4)
        b.endSection(.scoring)
        let program = try b.finish(origin: "loss")
        let op = program.ops[0]
        let all = program.cost(of: op, occupancy: .full(length: 8))
        let half = program.cost(of: op, occupancy: .full(length: 8, targetFraction: 0.5))
        #expect(all.flops == FLOPs(2.0 * 8 * 16 * 4))
        #expect(half.flops * 2 == all.flops)
    }

    /// Bytes of 1,024 elements.
    ///
    /// NF4: 512 bytes of codes, then 16 float32 scales, or 16 scale codes, one
    /// second-level scale and one offset.
    static let storage: [(StorageFormat, Int)] = [
        (.float32, 4096), (.bfloat16, 2048), (.float8, 1024), (.int32, 4096),
        (.nf4(doubleQuantized: false), 512 + 64), (.nf4(doubleQuantized: true), 512 + 16 + 8),
    ]

    @Test(arguments: storage)
    func storageOf1024Elements(format: StorageFormat, bytes: Int) {
        #expect(format.bytes(for: Shape(16, 64)) == Bytes(bytes))
    }

    @Test func nf4RoundsPartialBlocksUp() {
        #expect(StorageFormat.nf4(doubleQuantized: false).bytes(for: Shape(65)) == Bytes(36 + 8))
    }
}
