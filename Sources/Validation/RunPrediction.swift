import Quantities
import Simulation
import StepPrograms
import TrainingSteps

/// What is predicted of a run before it starts.
package struct RunPrediction: Sendable {
    /// The arena of the step, exact: the memory plan the engine will use.
    package let arena: Bytes
    /// The most bytes of tensors live at once.
    package let livePeak: Bytes
    /// Live bytes at that moment by role; they sum to `livePeak`.
    package let roles: [Role: Bytes]
    /// The process peak: what a dry start takes, and the arena.
    package let processPeak: Bytes
    /// Time of a step.
    package let stepTime: Seconds
    /// Arithmetic of a step.
    package let flops: FLOPs
    /// Time of each op in the order of the program's ops, all repetitions together.
    package let opSeconds: [Double]
    /// Spans and memory.
    package let trace: StepTrace
    /// The op at the peak.
    package let peakOp: Op

    /// Predicts a run of the local engine.
    ///
    /// - Parameters:
    ///   - program: the step.
    ///   - device: this machine.
    ///   - occupancy: how full the batches are.
    ///   - dryStart: memory of a process that does everything but the step.
    package init(
        _ program: StepProgram, on device: DeviceModel, occupancy: Occupancy, dryStart: Bytes
    ) {
        let liveness = Liveness(program)
        let plan = MemoryPlan(program, liveness: liveness)
        let trace = simulate(program, on: device, occupancy: occupancy, liveness: liveness)
        var seconds = [Double](repeating: 0, count: program.ops.count)
        for span in trace.spans { seconds[span.op] += span.duration.rawValue }
        arena = plan.size
        livePeak = liveness.peak
        roles = liveness.breakdown(program, at: liveness.peakOp)
        processPeak = dryStart + plan.size
        stepTime = trace.duration
        flops = program.totalFLOPs(occupancy: occupancy)
        opSeconds = seconds
        peakOp = program.ops[liveness.peakOp]
        self.trace = trace
    }
}
