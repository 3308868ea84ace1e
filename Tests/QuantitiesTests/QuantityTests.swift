import Foundation
import Quantities
import Testing

@Suite struct QuantityTests {
    @Test(arguments: [
        (Bytes(512), "512 B"), (Bytes.kibibytes(1.5), "1.50 KiB"), (.mebibytes(99.96), "100 MiB"),
        (.gibibytes(80), "80.0 GiB"), (.gigabytes(80), "74.5 GiB"),
        (.gibibytes(2048), "2.00 TiB"),
    ])
    func bytesPrintWithBinaryPrefixes(_ bytes: Bytes, _ text: String) {
        #expect(bytes.description == text)
    }

    @Test(arguments: [
        (Seconds(0), "0 s"), (.microseconds(12), "12.0 µs"), (Seconds(0.25), "250 ms"),
        (Seconds(59.4), "59.4 s"), (Seconds(90), "1.50 min"), (.hours(30), "30.0 h"),
        (.hours(72), "3.00 days"),
    ])
    func timesPrintWithTheUnitPeopleUse(_ time: Seconds, _ text: String) {
        #expect(time.description == text)
    }

    @Test(arguments: [
        (USD(0.5), "$0.50"), (USD(999.999), "$1000.00"), (USD(12_345.6), "$12346"),
        (USD(-3), "-$3.00"),
    ])
    func moneyPrintsInDollars(_ amount: USD, _ text: String) {
        #expect(amount.description == text)
    }

    @Test func physicalOperatorsAgreeWithTheirUnits() {
        #expect(Bytes(3_000_000_000) / BytesPerSecond.gigabytes(1.5) == Seconds(2))
        #expect(FLOPs(6e12) / FLOPsPerSecond.teraFLOPs(3) == Seconds(2))
        #expect(USDPerHour(4) * Seconds.hours(2.5) == USD(10))
        #expect(Bytes.gibibytes(1) / Bytes.mebibytes(1) == 1024)
    }

    @Test func roundingUpReachesTheNextMultiple() {
        #expect(Bytes(0).rounded(upTo: 512) == Bytes(0))
        #expect(Bytes(1).rounded(upTo: 512) == Bytes(512))
        #expect(Bytes(512).rounded(upTo: 512) == Bytes(512))
    }

    @Test func codableAsPlainNumbers() throws {
        let text = String(decoding: try JSONEncoder().encode([Bytes(7)]), as: UTF8.self)
        #expect(text == "[7]")
        #expect(
            try JSONDecoder().decode([Seconds].self, from: Data("[1.5]".utf8)) == [Seconds(1.5)])
    }

    @Test func suggestionsAreNearOrAbsent() {
        #expect(nearest(to: "H100-SMX", among: ["H100-SXM", "A100-SXM"]) == "H100-SXM")
        #expect(nearest(to: "qlor", among: ["lora", "qlora", "full"]) == "qlora")
        #expect(nearest(to: "banana", among: ["lora", "full"]) == nil)
    }

    @Test(arguments: [
        (0.0, "0"), (1234.5, "1234"), (99.951, "100"), (12.34, "12.3"), (0.99951, "1.00"),
        (0.01234, "0.0123"),
    ])
    func threeSignificantDigits(_ value: Double, _ text: String) {
        #expect(significant(value) == text)
    }
}
