import Catalog
import Quantities
import StepPrograms

/// How much more memory a process takes than its tensors: the caching allocator's slack and the CUDA
/// context.
///
/// PyTorch's allocator gives its cached blocks back before an allocation fails, so the low end of the
/// slack decides whether a step fits and the likely value is what a monitor shows when memory is
/// plentiful (`c10/cuda/CUDACachingAllocator.cpp`).
package struct ProcessMemory: Sendable, Hashable {
    /// Process memory without the context over allocated memory, at least one.
    package let slack: MeasuredSpread
    /// What the context and its libraries take, which the rows are freed of before the fit.
    package let context: Bytes

    package init(slack: MeasuredSpread, context: Bytes) {
        self.slack = slack
        self.context = context
    }

    /// Fits the slack to rows of one device that state both what was allocated and what the process
    /// took, held-out rows aside.
    package init(_ rows: [MemoryMeasurement], context: Bytes) throws(PlanError) {
        var (fitted, heldOut): ([Double], [Double]) = ([], [])
        for row in rows where row.run.deviceCount == 1 {
            guard let allocated = row.run.noted("alloc_gib"), allocated > 0,
                let process = row.run.noted("smi_gib")
            else { continue }
            let ratio = max(1, (process - context.gibibytes) / allocated)
            if row.run.isHeldOut { heldOut.append(ratio) } else { fitted.append(ratio) }
        }
        guard let slack = MeasuredSpread(fitting: fitted, heldOut: heldOut) else {
            throw .noMeasurements(of: "allocated and process memory of one run")
        }
        self.init(slack: slack, context: context)
    }

    /// A process that takes its tensors' memory and nothing else, as the local engine's arena does.
    package static let arena = ProcessMemory(
        slack: MeasuredSpread(low: 1, likely: 1, high: 1, rowCount: 0, residual: nil),
        context: .zero)
}

/// The most memory a step takes, and what for.
package struct MemoryEstimate: Sendable, Hashable {
    /// Live tensors by role at the peak; their sum is `allocated`.
    package let byRole: [Role: Bytes]
    /// The op at the peak and its place in the model.
    package let peakOp: String
    /// What the caching allocator holds besides.
    package let slack: Estimate<Bytes>
    /// What the context of the process holds.
    package let context: Estimate<Bytes>

    package init(_ peak: StepFigures.Peak, process: ProcessMemory) {
        byRole = peak.byRole
        peakOp = peak.op
        let allocated = peak.total
        func slack(_ ratio: Double) -> Bytes { allocated * (ratio - 1) }
        self.slack = Estimate(
            low: slack(process.slack.low), likely: slack(process.slack.likely),
            high: slack(process.slack.high), basis: [process.slack.basis])
        context = Estimate(
            process.context, basis: .assumed("the CUDA context takes \(process.context)"))
    }

    /// The sum of all live tensors at the peak.
    package var allocated: Estimate<Bytes> {
        Estimate(byRole.values.reduce(.zero, +), basis: .derived)
    }
    /// What the device must give to the process.
    package var process: Estimate<Bytes> {
        allocated.combined(with: slack, +).combined(with: context, +)
    }
}
