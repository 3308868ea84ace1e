import ArgumentParser

/// Measures speed and memory, always against a reference in the same run.
@main
struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure kernels, whole training steps and the planner.",
        subcommands: [
            StepBench.self, StepChild.self, KernelBench.self, PlannerBench.self,
            AllocatorBench.self,
            PredictionBench.self,
        ])
}
