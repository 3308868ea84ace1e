import Quantities
import Simulation
import StepPrograms
import Testing

@Suite struct GPUDeviceTests {
    private let rates = DeviceModel.GPURates(
        matrix: .teraFLOPs(100), attention: .teraFLOPs(50), vector: .teraFLOPs(10),
        bandwidth: .gigabytes(1000), launch: .microseconds(5))

    private func time(_ kind: OpKind, _ flops: Double, _ bytes: Int) -> Double {
        let device = DeviceModel.gpu("G", memory: .gibibytes(1), rates: rates, basis: "test")
        return device.rate(ofKind: kind.name).duration(
            of: OpCost(flops: FLOPs(flops), traffic: Bytes(bytes))
        ).rawValue
    }

    @Test func matrixProductsRunAtTheMatrixRate() {
        // 10¹² FLOPs at 10¹⁴ a second are 10 ms; 10⁹ bytes at 10¹² a second are 1 ms.
        #expect(abs(time(.linear(scale: 1), 1e12, 1_000_000_000) - 10.005e-3) < 1e-12)
        #expect(abs(time(.logits, 1e12, 0) - 10.005e-3) < 1e-12)
    }

    @Test func attentionRunsAtItsOwnRate() {
        #expect(abs(time(.attentionGradient(headWidth: 64), 1e12, 0) - 20.005e-3) < 1e-12)
    }

    @Test func theRestIsBoundByMemory() {
        #expect(abs(time(.elementwise(.sum), 1e9, 1_000_000_000) - 1.005e-3) < 1e-12)
        #expect(abs(time(.elementwise(.sum), 1e11, 1_000_000) - 10.005e-3) < 1e-12)
    }

    @Test func everyRateIsNoFasterThanEitherBound() {
        for kind in [OpKind.linear(scale: 1), .attention(headWidth: 8), .swiGLU] {
            for (flops, bytes) in [(1e6, 1_000_000_000), (1e13, 1000), (0, 0)] {
                let bound = max(flops / 100e12, Double(bytes) / 1e12)
                #expect(time(kind, flops, bytes) >= bound)
            }
        }
    }
}
