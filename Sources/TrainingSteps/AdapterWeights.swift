import Architectures
import StepPrograms

extension ProgramBuilder {
    /// Adds the matrices of an adapter, layer by layer, A before B.
    mutating func adapterWeights(
        _ adapter: LowRank, of architecture: Architecture, format: StorageFormat, trains: Bool
    ) -> [(parameter: AdapterParameterID, tensor: TensorID)] {
        var result: [(AdapterParameterID, TensorID)] = []
        for layer in 0 ..< architecture.layerCount {
            for linear in LinearLayer.llama where adapter.targets.contains(linear) {
                let (outputs, inputs) = architecture.shape(of: linear)
                for (matrix, shape) in [
                    (AdapterParameterID.Matrix.a, Shape(adapter.rank, inputs)),
                    (.b, Shape(outputs, adapter.rank)),
                ] {
                    let id = weight(
                        "layers.\(layer).\(linear.rawValue).adapter.\(matrix.rawValue)", shape,
                        role: .adapter, format: format, trains: trains)
                    result.append((AdapterParameterID(linear, layer: layer, matrix: matrix), id))
                }
            }
        }
        return result
    }
}
