import Engine
import Quantities
import Simulation
import StepPrograms
import Testing
import Validation

/// The device model recovers what its samples were made from.
@Suite struct DeviceFitTests {
    private func product(_ m: Int, _ n: Int, _ k: Int) -> OpCost {
        let shape = MatrixShape(m: m, n: n, k: k)
        return OpCost(flops: shape.flops, traffic: .zero, product: shape)
    }

    private let shapes = [
        (64, 64, 64), (512, 64, 64), (64, 512, 64), (64, 64, 512), (256, 256, 256),
        (1024, 512, 128), (128, 1024, 512), (512, 128, 1024),
    ]

    @Test func recoversTheTermsOfAProduct() throws {
        let truth = KernelRate(
            overhead: .microseconds(3), secondsPerFLOP: 1e-11, secondsPerLeftElement: 2e-10,
            secondsPerResultElement: 4e-10)
        let samples = shapes.map { m, n, k in
            KernelProbe.Sample(
                kind: "linear", cost: product(m, n, k),
                seconds: truth.duration(of: product(m, n, k)).rawValue)
        }
        let (rate, quality) = try DeviceFit.rate(samples)
        #expect(quality.largestError < 1e-6)
        #expect(abs(rate.secondsPerFLOP / truth.secondsPerFLOP - 1) < 1e-4)
        #expect(abs(rate.secondsPerLeftElement / truth.secondsPerLeftElement - 1) < 1e-3)
    }

    @Test func neverGivesANegativeTerm() throws {
        // Times that fall as the result grows would ask for a negative coefficient.
        let samples = shapes.map { m, n, k in
            KernelProbe.Sample(
                kind: "linear", cost: product(m, n, k),
                seconds: 1e-3 - 1e-10 * Double(m * n) + 1e-12 * Double(m * n * k))
        }
        let (rate, _) = try DeviceFit.rate(samples)
        let terms = [
            rate.overhead.rawValue, rate.secondsPerFLOP, rate.secondsPerLeftElement,
            rate.secondsPerRightElement, rate.secondsPerResultElement,
        ]
        #expect(terms.allSatisfy { $0 >= 0 })
    }

    @Test func memoryBoundKindsFollowTheirTraffic() throws {
        let samples = [1_000, 50_000, 4_000_000].map { bytes in
            KernelProbe.Sample(
                kind: "add", cost: OpCost(flops: .zero, traffic: Bytes(bytes)),
                seconds: 2e-6 + Double(bytes) / 20e9)
        }
        let (rate, quality) = try DeviceFit.rate(samples)
        #expect(abs(1 / rate.secondsPerByte - 20e9) < 1e6)
        #expect(quality.largestError < 1e-9)
    }

    @Test func aDryPredictionAddsUp() throws {
        var b = ProgramBuilder(
            workspaces: WorkspaceSizes(workers: 1, longestSegment: 1))
        let x = b.tensor("x", Shape(4, 8), .input)
        let w = b.weight("w", Shape(6, 8), role: .parameter, trains: false)
        let y = b.linear(x, weight: w, name: "y")
        b.emit(.copy, reads: [y], writes: [Write(b.tensor("z", Shape(4, 6), .output))])
        b.endSection(.scoring)
        let program = try b.finish(origin: "test")
        let device = DeviceModel(
            name: "test", memory: .gibibytes(1), basis: "test",
            rates: ["linear": .roofline(.gigaFLOPs(1), .gigabytes(1), overhead: .zero)],
            otherwise: KernelRate(secondsPerByte: 1e-9))
        let run = RunPrediction(
            program, on: device, occupancy: .full(length: 4), dryStart: Bytes(1000))
        #expect(run.processPeak == run.arena + Bytes(1000))
        #expect(run.roles.values.reduce(.zero, +) == run.livePeak)
        // 2·4·6·8 operations at 1 GFLOP/s are slower than 416 bytes at 1 GB/s? 384 ns against 416 ns.
        #expect(abs(run.opSeconds[0] - 416e-9) < 1e-12)
        #expect(abs(run.opSeconds[1] - 192e-9) < 1e-12)
        #expect(run.stepTime.rawValue == run.opSeconds[0] + run.opSeconds[1])
    }

    @Test func processMemoryIsCounted() {
        let before = ProcessMemory.peak()
        let large = [UInt8](repeating: 1, count: 64 << 20)
        #expect(ProcessMemory.peak() >= before)
        #expect(ProcessMemory.current() >= Bytes(large.count))
    }
}
