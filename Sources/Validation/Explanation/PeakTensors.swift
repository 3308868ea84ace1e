import Quantities
import StepPrograms

/// Live tensors at the peak that differ in nothing but their layer.
package struct PeakTensors: Sendable, Hashable {
    /// The name, without the number of the layer.
    package var name: String
    /// The part of the model that writes them first, or reads them first where they are there before.
    package var module: Scope.Module?
    /// Their layers; nil outside the layers.
    package var layers: ClosedRange<Int>?
    /// What they are for.
    package var role: Role
    /// Their extents.
    package var shape: Shape
    /// How elements are stored.
    package var format: StorageFormat
    /// How many there are.
    package var count: Int
    /// Bytes of all of them.
    package var bytes: Bytes

    /// Where they belong, in words.
    package var scope: String {
        guard let layers else { return module?.rawValue ?? "" }
        let place =
            layers.count == 1
            ? "layer \(layers.lowerBound)" : "layers \(layers.lowerBound) to \(layers.upperBound)"
        return [place, module?.rawValue ?? ""].filter { !$0.isEmpty }.joined(separator: " ")
    }

    private struct Key: Hashable {
        let name: String
        let module: Scope.Module?
        let isInLayer: Bool
        let role: Role
        let shape: Shape
        let format: StorageFormat
    }

    /// Everything that lives while the peak's op runs, the largest first.
    package static func all(
        _ program: StepProgram, _ liveness: Liveness
    ) -> [PeakTensors] {
        let scopes = firstScopes(program)
        var places: [Key: Int] = [:]
        var result: [PeakTensors] = []
        for (index, range) in liveness.ranges.enumerated()
        where range?.contains(liveness.peakOp) ?? false {
            let spec = program.tensors[index]
            let scope = scopes[index]
            let key = Key(
                name: nameWithoutLayer(spec.name), module: scope?.module,
                isInLayer: scope?.layer != nil, role: spec.role, shape: spec.shape,
                format: spec.format)
            let layers = scope?.layer.map { $0 ... $0 }
            guard let place = places[key] else {
                places[key] = result.count
                result.append(
                    PeakTensors(
                        name: key.name, module: key.module, layers: layers, role: spec.role,
                        shape: spec.shape, format: spec.format, count: 1, bytes: spec.bytes))
                continue
            }
            result[place].count += 1
            result[place].bytes += spec.bytes
            if let layers, let known = result[place].layers {
                result[place].layers =
                    min(known.lowerBound, layers.lowerBound)
                    ... max(known.upperBound, layers.upperBound)
            }
        }
        return result.sorted { ($1.bytes, $0.name) < ($0.bytes, $1.name) }
    }

    /// The scope of the op that touches the storage of each tensor first.
    private static func firstScopes(_ program: StepProgram) -> [Scope?] {
        var scopes = [Scope?](repeating: nil, count: program.tensors.count)
        for op in program.ops {
            for id in op.writes.map(\.tensor) + op.reads {
                let owner = program.storage(of: id).index
                if scopes[owner] == nil { scopes[owner] = op.scope }
            }
        }
        return scopes
    }

    /// A name whose parts that are numbers are replaced by a star.
    private static func nameWithoutLayer(_ name: String) -> String {
        name.split(separator: ".").map { $0.allSatisfy(\.isNumber) ? "*" : String($0) }
            .joined(separator: ".")
    }
}
