import Quantities

/// An accelerator as its catalog row describes it: one card, one package or one chip.
package struct Device: Sendable, Hashable {
    /// The name that prices refer to, such as "H100-SXM-80GB".
    package var name: String
    /// Who makes it.
    package var vendor: String
    /// The generation, such as "Hopper".
    package var generation: String
    /// CUDA compute capability or the vendor's own target name, when known.
    package var computeCapability: String?
    /// The memory to plan with: what the driver reports when that is known, else the stated size.
    package var memory: Bytes
    /// The memory that the vendor states.
    package var statedMemory: Bytes
    /// The rate at which the memory can be read.
    package var memoryBandwidth: BytesPerSecond
    /// Dense peak rates, accumulating in single precision.
    package var peaks: [Precision: FLOPsPerSecond]
    /// The best bf16 matrix product measured on it, a ceiling for training; nil when nobody measured.
    package var measuredMatrixRate: FLOPsPerSecond?
    /// What links it to the other devices of its node, in words.
    package var interconnect: String
    /// The one-way rate to the other devices of the node; a PCIe card has its PCIe rate.
    package var link: BytesPerSecond?
    /// The power limit in watts.
    package var powerLimit: Double?
    /// Where the row comes from.
    package var provenance: Provenance

    /// A device that no catalog row describes, such as the one at hand.
    package init(
        name: String, vendor: String, generation: String, computeCapability: String? = nil,
        memory: Bytes, statedMemory: Bytes, memoryBandwidth: BytesPerSecond,
        peaks: [Precision: FLOPsPerSecond], measuredMatrixRate: FLOPsPerSecond? = nil,
        interconnect: String, link: BytesPerSecond? = nil, powerLimit: Double? = nil,
        provenance: Provenance
    ) {
        self.name = name
        self.vendor = vendor
        self.generation = generation
        self.computeCapability = computeCapability
        self.memory = memory
        self.statedMemory = statedMemory
        self.memoryBandwidth = memoryBandwidth
        self.peaks = peaks
        self.measuredMatrixRate = measuredMatrixRate
        self.interconnect = interconnect
        self.link = link
        self.powerLimit = powerLimit
        self.provenance = provenance
    }

    /// The number formats that matrix units have separate rates for.
    package enum Precision: String, Sendable, Hashable, CaseIterable {
        case bf16, fp16, fp8, tf32, fp32
    }

    /// Whether `memory` is what the driver reports rather than the vendor's round number.
    package var memoryIsReported: Bool { memory != statedMemory }

    /// The dense peak rate for training in a format; a device without bf16 matrix units trains in fp16.
    package func trainingPeak(_ precision: Precision) -> FLOPsPerSecond? {
        if let rate = peaks[precision] { return rate }
        switch precision {
        case .bf16: return peaks[.fp16]
        case .fp16: return peaks[.bf16]
        case .fp8: return trainingPeak(.bf16)
        case .tf32: return peaks[.fp32]
        case .fp32: return nil
        }
    }
}

extension Device {
    static let columns = [
        "gpu", "vendor", "arch", "mem_gib_spec", "mem_bw_gbs", "bf16_dense_tflops",
        "fp16_dense_tflops", "fp32_tflops", "interconnect", "link_gbs", "source", "date",
    ]

    init(_ row: inout CSVRowReader) {
        name = row.requiredText("gpu")
        vendor = row.requiredText("vendor")
        generation = row.requiredText("arch")
        computeCapability = row.text("compute_capability")
        statedMemory = .gibibytes(row.requiredNumber("mem_gib_spec", in: 0.5 ... 4096))
        memory =
            row.number("mem_mib_reported", in: 256 ... 4_194_304).map(Bytes.mebibytes)
            ?? statedMemory
        memoryBandwidth = .gigabytes(row.requiredNumber("mem_bw_gbs", in: 1 ... 1e6))
        let rates: [(Precision, String)] = [
            (.bf16, "bf16_dense_tflops"), (.fp16, "fp16_dense_tflops"), (.fp8, "fp8_dense_tflops"),
            (.tf32, "tf32_dense_tflops"), (.fp32, "fp32_tflops"),
        ]
        peaks = [:]
        for (precision, column) in rates {
            peaks[precision] = row.number(column, in: 0.01 ... 1e6).map(FLOPsPerSecond.teraFLOPs)
        }
        if peaks[.bf16] == nil, peaks[.fp16] == nil {
            row.reject(
                "bf16_dense_tflops", "both bf16 and fp16 rates are empty, one of them is needed")
        }
        measuredMatrixRate = row.number("mamf_bf16_tflops", in: 0.01 ... 1e6)
            .map(FLOPsPerSecond.teraFLOPs)
        interconnect = row.requiredText("interconnect")
        link = row.number("link_gbs", in: 0.1 ... 1e5).map(BytesPerSecond.gigabytes)
        powerLimit = row.number("tdp_w", in: 1 ... 1e5)
        provenance = row.provenance()
    }
}
