import Foundation

extension MappedFile {
    /// Expands a tensor of this file to single precision, in the order it is stored.
    ///
    /// `destination` must have exactly the tensor's number of elements.
    package func read(
        _ tensor: StoredTensor, into destination: inout MutableSpan<Float>
    ) throws(ModelFileError) {
        try requireCount(tensor.count, of: destination.count, for: tensor.name)
        dequantize(
            data.span.extracting(tensor.offset ..< tensor.offset + tensor.byteCount),
            as: tensor.encoding, into: &destination)
    }

    /// Expands a query or key projection that was reordered for llama.cpp's rotary embedding.
    ///
    /// Its converter interleaves the two halves of each head (`permute` in `convert_hf_to_gguf.py`):
    /// stored row 2i + s of a head is row s · headWidth / 2 + i of the original. A bias is a tensor
    /// of rows of one element.
    package func readInterleaved(
        _ tensor: StoredTensor, headWidth: Int, into destination: inout MutableSpan<Float>
    ) throws(ModelFileError) {
        try requireCount(tensor.count, of: destination.count, for: tensor.name)
        let rowCount = tensor.shape[0]
        let width = tensor.count / rowCount
        let rowBytes = tensor.byteCount / rowCount
        for row in 0 ..< rowCount {
            let (head, inHead) = row.quotientAndRemainder(dividingBy: headWidth)
            let original = head * headWidth + inHead % 2 * (headWidth / 2) + inHead / 2
            let start = tensor.offset + row * rowBytes
            dequantize(
                data.span.extracting(start ..< start + rowBytes), as: tensor.encoding,
                into: &destination,
                from: original * width)
        }
    }

    private func requireCount(
        _ stored: Int, of room: Int, for name: String
    ) throws(ModelFileError) {
        guard stored == room else {
            throw .malformed(
                path: path, place: "tensor \(quoted(name))",
                problem: "it has \(stored) elements and \(room) were asked for")
        }
    }
}
