import Catalog
import Quantities

/// The shares of their stated peaks that GPUs reach, fitted to measured matrix products.
///
/// A product whose roofline says arithmetic limits it by a factor of two or more tells the share of
/// the peak rate; one limited by memory tells the share of the bandwidth. Devices that nobody measured
/// get the median over the measured devices, with the spread between those.
package struct DeviceEfficiency: Sendable {
    private let matrix: [String: MeasuredSpread]
    private let bandwidth: [String: MeasuredSpread]
    private let matrixOverall: MeasuredSpread
    private let bandwidthOverall: MeasuredSpread
    /// The share of the peak that attention kernels reach inside a training step.
    package let attention: MeasuredSpread

    /// Stated shares for every device.
    package init(matrix: MeasuredSpread, bandwidth: MeasuredSpread, attention: MeasuredSpread) {
        self.matrix = [:]
        self.bandwidth = [:]
        matrixOverall = matrix
        bandwidthOverall = bandwidth
        self.attention = attention
    }

    /// Fits the shares to the rows that are not held out.
    ///
    /// - Throws: `PlanError` when the rows hold no measurement of a kind that is needed.
    package init(_ rates: [AchievedRate], catalog: Catalog) throws(PlanError) {
        var samples: [KernelLimit: [String: Shares]] = [:]
        for row in rates {
            guard let sample = EfficiencySample(row, catalog: catalog) else { continue }
            let isHeldOut = HeldOut.contains(row.heldOutKey)
            samples[sample.limit, default: [:]][sample.device, default: Shares()].add(
                sample.share, isHeldOut: isHeldOut)
        }
        func byDevice(_ limit: KernelLimit) -> [String: MeasuredSpread] {
            (samples[limit] ?? [:]).compactMapValues {
                MeasuredSpread(fitting: $0.fitted, heldOut: $0.heldOut)
            }
        }
        func overall(_ limit: KernelLimit) throws(PlanError) -> MeasuredSpread {
            let spreads = byDevice(limit).values
            let medians = spreads.map(\.likely)
            guard let likely = quantile(medians, 0.5), let low = medians.min(),
                let high = medians.max()
            else { throw .noMeasurements(of: limit.words) }
            let heldOut = (samples[limit] ?? [:]).values.flatMap(\.heldOut)
            return MeasuredSpread(
                low: low, likely: likely, high: high,
                rowCount: spreads.reduce(0) { $0 + $1.rowCount },
                residual: quantile(heldOut.map { abs(likely / $0 - 1) }, 0.5))
        }
        matrix = byDevice(.arithmetic)
        bandwidth = byDevice(.memory)
        matrixOverall = try overall(.arithmetic)
        bandwidthOverall = try overall(.memory)
        attention = try overall(.attention)
    }

    /// The share of the dense 16-bit peak that matrix products reach.
    package func matrix(of device: Device) -> MeasuredSpread {
        matrix[device.name] ?? matrixOverall
    }
    /// The share of the memory bandwidth that memory-bound kernels reach.
    package func bandwidth(of device: Device) -> MeasuredSpread {
        bandwidth[device.name] ?? bandwidthOverall
    }
    /// Whether products on this device were measured.
    package func isMeasured(_ device: Device) -> Bool { matrix[device.name] != nil }
}

/// The shares measured on one device.
private struct Shares {
    var fitted: [Double] = []
    var heldOut: [Double] = []

    mutating func add(_ share: Double, isHeldOut: Bool) {
        if isHeldOut { heldOut.append(share) } else { fitted.append(share) }
    }
}

/// What limits a measured product.
enum KernelLimit: Hashable {
    case arithmetic, memory, attention

    var words: String {
        switch self {
        case .arithmetic: "matrix products limited by arithmetic"
        case .memory: "matrix products limited by memory"
        case .attention: "attention inside a training step"
        }
    }
}

/// One measured product as a share of what its device could do.
struct EfficiencySample {
    let device: String
    let limit: KernelLimit
    let share: Double

    /// Nil when the row is no product in a 16-bit format, its device is unknown or its shape lies
    /// between the two limits.
    init?(_ row: AchievedRate, catalog: Catalog) {
        guard row.format.hasPrefix("bf16") || row.format.hasPrefix("fp16"),
            let device = catalog.knownDevice(named: row.device),
            let peak = device.trainingPeak(.bf16)
        else { return nil }
        self.device = device.name
        if row.shapeText.contains("attention bucket") {
            limit = .attention
            share = row.rate / peak
            return
        }
        guard let (a, b, c) = row.extents else { return nil }
        let flops = FLOPs(2 * a * b * c)
        // 16-bit elements of both factors and of the result, each once.
        let traffic = 2 * (a * b + b * c + c * a)
        let arithmetic = flops / peak
        let memory = Seconds(traffic / device.memoryBandwidth.rawValue)
        // Below this a measurement shows how long a launch takes, not how fast the device is.
        guard max(arithmetic, memory) > .microseconds(20) else { return nil }
        if arithmetic.rawValue >= 2 * memory.rawValue {
            limit = .arithmetic
            share = row.rate / peak
        } else if memory.rawValue >= 1.5 * arithmetic.rawValue {
            limit = .memory
            share = memory / (flops / row.rate)
        } else {
            return nil
        }
    }
}

extension AchievedRate {
    /// What decides whether the row is held out; equal shapes measured twice stay together.
    package var heldOutKey: String { "\(device) \(format) \(shapeText)" }

    /// The three extents of the product, in any order: costs are symmetric in them.
    fileprivate var extents: (Double, Double, Double)? {
        let sizes = shapeText.prefix { $0 != " " }.split(separator: "x").map { Double($0) }
        guard sizes.count == 3, let a = sizes[0], let b = sizes[1], let c = sizes[2],
            min(a, b, c) >= 1
        else { return nil }
        return (a, b, c)
    }
}
