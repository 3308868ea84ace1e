import Quantities
import StepPrograms

/// What a simulator knows of a device: its memory and how fast it runs each kind of op.
package struct DeviceModel: Sendable, Hashable, Codable {
    /// The name it is reported under.
    package var name: String
    /// Memory that programs can use.
    package var memory: Bytes
    /// Where the rates come from, in words.
    package var basis: String
    /// Rates by the name of the kind of op.
    package var rates: [String: KernelRate]
    /// The rate of kinds that have no entry of their own.
    package var otherwise: KernelRate

    package init(
        name: String, memory: Bytes, basis: String, rates: [String: KernelRate],
        otherwise: KernelRate
    ) {
        self.name = name
        self.memory = memory
        self.basis = basis
        self.rates = rates
        self.otherwise = otherwise
    }

    /// The time of one execution of an op.
    package func duration(
        of op: Op, in program: StepProgram, occupancy: Occupancy
    ) -> Seconds {
        rate(ofKind: op.kind.name).duration(of: program.cost(of: op, occupancy: occupancy))
    }
}
