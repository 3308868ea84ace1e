/// One line of a GGUF file's tensor table, before its place in the file is known to be sound.
struct GGUFTensorEntry {
    /// The name.
    let name: String
    /// Extents, outermost dimension first.
    let shape: [Int]
    /// How elements are stored.
    let encoding: TensorEncoding
    /// Bytes from the start of the data section.
    let offset: UInt64

    /// Reads the next entry.
    init(_ cursor: inout GGUFCursor) throws(ModelFileError) {
        name = try cursor.string("the name")
        cursor.place = "tensor \(quoted(name))"
        let rank = try cursor.integer(UInt32.self, "the number of dimensions")
        guard (1 ... 4).contains(rank) else {
            throw cursor.malformed("it has \(rank) dimensions; one to four are allowed")
        }
        var extents: [Int] = []
        for _ in 0 ..< rank {
            let raw = try cursor.integer(UInt64.self, "a dimension")
            guard let extent = Int(exactly: raw), extent > 0 else {
                throw cursor.malformed("the dimension \(raw) is out of range")
            }
            extents.append(extent)
        }
        // GGUF writes the fastest-varying dimension first.
        shape = extents.reversed()
        encoding = try Self.encoding(try cursor.integer(UInt32.self, "the tensor type"), cursor)
        offset = try cursor.integer(UInt64.self, "the offset")
    }

    private static func encoding(
        _ code: UInt32, _ cursor: GGUFCursor
    ) throws(ModelFileError) -> TensorEncoding {
        if let encoding = encodings[code] { return encoding }
        let known = "F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q4_K, Q5_K and Q6_K"
        throw .unsupported(
            path: cursor.file.path, place: cursor.place,
            problem: refusedEncodings[code].map { "\($0) is not read here; \(known) are" }
                ?? "tensor type \(code) is unknown; \(known) are read")
    }

    /// The type codes of `enum ggml_type` that are read.
    private static let encodings: [UInt32: TensorEncoding] = [
        0: .f32, 1: .f16, 2: .q4_0, 3: .q4_1, 6: .q5_0, 7: .q5_1, 8: .q8_0, 12: .q4_K, 13: .q5_K,
        14: .q6_K, 30: .bf16,
    ]

    /// The type codes of `enum ggml_type` that are known and not read.
    private static let refusedEncodings: [UInt32: String] = [
        9: "Q8_1", 10: "Q2_K", 11: "Q3_K", 15: "Q8_K", 16: "IQ2_XXS", 17: "IQ2_XS", 18: "IQ3_XXS",
        19: "IQ1_S", 20: "IQ4_NL", 21: "IQ3_S", 22: "IQ2_S", 23: "IQ4_XS", 24: "I8", 25: "I16",
        26: "I32", 27: "I64", 28: "F64", 29: "IQ1_M", 34: "TQ1_0", 35: "TQ2_0", 39: "MXFP4",
        40: "NVFP4", 41: "Q1_0", 42: "Q2_0",
    ]

    /// The tensor with its bytes checked to lie inside the file.
    func located(
        from start: Int, alignment: Int, _ cursor: GGUFCursor
    ) throws(ModelFileError) -> StoredTensor {
        guard let byteCount = encoding.byteCount(of: shape) else {
            throw cursor.malformed(
                "the shape \(shape) is too large, or its rows are not whole blocks of "
                    + "\(encoding.blockLength) elements as \(encoding.rawValue) needs")
        }
        let size = cursor.file.data.count
        guard offset.isMultiple(of: UInt64(alignment)) else {
            throw cursor.malformed("its offset \(offset) is not a multiple of \(alignment)")
        }
        guard offset <= UInt64(size), start + Int(offset) <= size,
            byteCount <= size - start - Int(offset)
        else {
            throw cursor.malformed(
                "it needs \(byteCount) bytes at offset \(offset) of the data, "
                    + "past the end of the file (\(size) bytes)")
        }
        return StoredTensor(
            name: name, shape: shape, encoding: encoding, offset: start + Int(offset),
            byteCount: byteCount)
    }
}
