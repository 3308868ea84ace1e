import Quantities

/// The best measured rate of one matrix product on one device.
package struct AchievedRate: Sendable, Hashable {
    /// The device, as the row says it.
    package var device: String
    /// The number format, in the row's words.
    package var format: String
    /// The vendor's peak for that format, when stated.
    package var peak: FLOPsPerSecond?
    /// The measured rate.
    package var rate: FLOPsPerSecond
    /// The product of an m × k and a k × n matrix, when the row names one.
    package var product: Product?
    /// How it was measured, in words.
    package var shapeText: String
    /// Where it was published.
    package var source: String

    /// The sizes of a matrix product.
    package struct Product: Sendable, Hashable {
        package var m: Int
        package var n: Int
        package var k: Int

        package init(m: Int, n: Int, k: Int) {
            self.m = m
            self.n = n
            self.k = k
        }
    }

    /// The measured share of the peak.
    package var efficiency: Double? { peak.map { rate / $0 } }

    static let columns = ["gpu", "dtype", "achieved_tflops", "shape", "source"]

    init(_ row: inout CSVRowReader) {
        device = row.requiredText("gpu")
        format = row.requiredText("dtype")
        peak = row.number("peak_tflops_spec", in: 1e-6 ... 1e6).map(FLOPsPerSecond.teraFLOPs)
        rate = .teraFLOPs(row.requiredNumber("achieved_tflops", in: 1e-6 ... 1e6))
        shapeText = row.requiredText("shape")
        source = row.requiredText("source")
        let sizes = shapeText.prefix { $0 != " " }.split(separator: "x").map { Int($0) }
        if shapeText.contains("MxNxK"), sizes.count == 3, let m = sizes[0], let n = sizes[1],
            let k = sizes[2]
        {
            product = Product(m: m, n: n, k: k)
        }
    }
}

/// The measured bandwidth of one collective over one link.
package struct LinkMeasurement: Sendable, Hashable {
    /// The machine, in words.
    package var system: String
    /// The link, in words.
    package var link: String
    /// The vendor's one-way rate for one device, when stated.
    package var statedRate: BytesPerSecond?
    /// Devices that took part.
    package var deviceCount: Int
    /// Nodes they were on.
    package var nodeCount: Int
    /// The collective, such as "all_reduce".
    package var collective: String
    /// The bytes of one call, when the row says them.
    package var payload: Bytes?
    /// Bytes a second over the busiest link, comparable between device counts.
    package var busBandwidth: BytesPerSecond
    /// Bytes of the payload a second.
    package var payloadBandwidth: BytesPerSecond?
    /// The algorithm of the library, in words.
    package var algorithm: String?
    /// Where it was published.
    package var source: String

    static let columns = [
        "system", "link", "n_gpus", "n_nodes", "collective", "payload", "busbw_gbytes_per_s",
        "source",
    ]

    init(_ row: inout CSVRowReader) {
        system = row.requiredText("system")
        link = row.requiredText("link")
        statedRate = row.number("spec_gbps_unidirectional_per_gpu", in: 1e-3 ... 1e6)
            .map(BytesPerSecond.gigabytes)
        deviceCount = row.requiredInteger("n_gpus", in: 1 ... 1_000_000)
        nodeCount = row.requiredInteger("n_nodes", in: 1 ... 1_000_000)
        collective = row.requiredText("collective")
        payload = row.text("payload").flatMap(LinkMeasurement.bytes)
        busBandwidth = .gigabytes(row.requiredNumber("busbw_gbytes_per_s", in: 1e-9 ... 1e6))
        payloadBandwidth = row.number("algbw_gbytes_per_s", in: 1e-9 ... 1e6)
            .map(BytesPerSecond.gigabytes)
        algorithm = row.text("algorithm")
        source = row.requiredText("source")
    }

    /// Reads "32768 B", "64KiB", "8 GiB", "16GB"; nil for other words.
    private static func bytes(_ text: String) -> Bytes? {
        let digits = text.prefix { $0.isNumber || $0 == "." }
        guard let count = Double(digits) else { return nil }
        switch text.dropFirst(digits.count).filter({ $0 != " " }) {
        case "B": return Bytes(rawValue: Int64(count))
        case "KiB": return .kibibytes(count)
        case "MiB": return .mebibytes(count)
        case "GiB": return .gibibytes(count)
        case "GB": return .gigabytes(count)
        case "MB": return .gigabytes(count / 1000)
        default: return nil
        }
    }
}
