import Foundation
import ModelFiles
import Testing

@Suite struct SafetensorsTests {
    static let numbers: [Float] = [0, 1, -2.5, 3.140625, 65_504, -0.0009765625]

    @Test func readsTheReferenceWritersFile() throws {
        let file = try SafetensorsFile.open(fixtureURL("reference.safetensors").path)
        let byName = Dictionary(uniqueKeysWithValues: file.tensors.map { ($0.name, $0) })
        #expect(byName.keys.sorted() == ["brain", "half", "single"])
        #expect(file.unreadable == ["count": "I64"])
        #expect(file.metadata == ["format": "pt"])
        #expect(byName["single"]?.shape == [2, 3] && byName["brain"]?.shape == [3, 2])
        #expect(try values(of: "single", file) == Self.numbers)
        #expect(try values(of: "half", file) == Self.numbers)
        let brain = Self.numbers.map { Float(bitPattern: $0.bitPattern & 0xFFFF_0000) }
        #expect(try values(of: "brain", file) == brain)
    }

    @Test(arguments: [TensorEncoding.f32, .f16, .bf16])
    func readsBackWhatItWrites(_ encoding: TensorEncoding) throws {
        try withTemporaryDirectory { directory in
            let path = "\(directory)/out.safetensors"
            let tensors = [
                TensorToWrite(name: "z", shape: [2, 3]), TensorToWrite(name: "a", shape: [6]),
                TensorToWrite(name: "empty", shape: [0, 4]),
            ]
            try writeSafetensors(tensors, as: encoding, to: path) { index in
                index == 2 ? [] : Self.numbers.map { $0 / Float(index + 1) }
            }
            let file = try SafetensorsFile.open(path)
            #expect(file.tensors.map(\.name) == ["a", "empty", "z"])
            let exact = encoding == .bf16 ? 0.004 : 0
            for (name, divisor) in [("z", Float(1)), ("a", 2)] {
                for (value, number) in zip(try self.values(of: name, file), Self.numbers) {
                    let expected = number / divisor
                    #expect(Double(abs(value - expected)) <= exact * Double(abs(expected)))
                }
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory).count == 1)
        }
    }

    @Test func roundsToNearestEven() throws {
        try withTemporaryDirectory { directory in
            let path = "\(directory)/out.safetensors"
            // Halfway cases of an eight-bit significand: down to even, up to even, just above half.
            let numbers: [Float] = [1.003_906_25, 1.011_718_75, 1.003_907_2, .nan, -.infinity]
            try writeSafetensors(
                [TensorToWrite(name: "x", shape: [5])], as: .bf16, to: path
            ) { _ in numbers }
            let read = try values(of: "x", try SafetensorsFile.open(path))
            let expected: [Float] = [1, 1.015625, 1.0078125]
            #expect(Array(read[0 ... 2]) == expected)
            #expect(read[3].isNaN && read[4] == -.infinity)
        }
    }

    @Test func leavesNothingBehindWhenWritingFails() throws {
        try withTemporaryDirectory { directory in
            let path = "\(directory)/out.safetensors"
            try writeAtomically("before", to: path)
            let tensors = [TensorToWrite(name: "x", shape: [2])]
            let error = try #require(throws: ModelFileError.self) {
                try writeSafetensors(tensors, as: .f16, to: path) { _ in [1, 1e6] }
            }
            #expect("\(error)".contains("element 1 of tensor \"x\" is 1000000.0"))
            #expect(throws: ModelFileError.self) {
                try writeSafetensors(tensors, as: .f32, to: path) { _ in [1] }
            }
            #expect(throws: ModelFileError.self) {
                try writeSafetensors(tensors + tensors, as: .f32, to: path) { _ in [1, 2] }
            }
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "before")
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory).count == 1)
            #expect(throws: ModelFileError.self) {
                try writeAtomically("x", to: "\(directory)/missing/file")
            }
        }
    }

    static let wrong: [(header: String, data: Int, words: String)] = [
        ("[]", 0, "an array, not an object"),
        (
            #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, 4,
            "does not take the 4 bytes"
        ),
        (
            #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 4,
            "take 8 bytes and the file"
        ),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8, "there is a gap"),
        (
            #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"#
                + #""b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}"#, 6, "tensors overlap"
        ),
        (
            #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"#
                + #""a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8, "appears twice"
        ),
        (#"{"a":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}}"#, 4, "\"F31\" is unknown"),
        (#"{"a":{"dtype":4,"shape":[1],"data_offsets":[0,4]}}"#, 4, "\"dtype\" must be a string"),
        (#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, 4, "non-negative integers"),
        (#"{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}"#, 4, "non-negative integers"),
        (
            #"{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}}"#, 4,
            "product below"
        ),
        (
            #"{"a":{"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,4]}}"#, 4,
            "does not take"
        ),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, 4, "two integers in order"),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}"#, 4, "two integers in order"),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,NaN]}}"#, 4, "a value must be"),
        (#"{"__metadata__":{"a":1}}"#, 0, "an object of strings"),
        (#"{"a":"#, 0, "the text ends"),
    ]

    @Test(arguments: wrong)
    func refuses(_ wrong: (header: String, data: Int, words: String)) throws {
        let bytes = bytes(UInt64(wrong.header.utf8.count)) + Array(wrong.header.utf8)
        let data = Data(bytes + zeros(wrong.data))
        let error = try #require(throws: ModelFileError.self) {
            try SafetensorsFile(MappedFile(path: "t.safetensors", data: data))
        }
        #expect("\(error)".contains(wrong.words), "\(error)")
    }

    @Test func refusesLyingLengthsAndTruncation() throws {
        for length in [UInt64.max, 1 << 40, 9] {
            #expect(throws: ModelFileError.self) {
                try SafetensorsFile(
                    MappedFile(path: "t", data: Data(bytes(length) + Array("{}".utf8))))
            }
        }
        let whole = try fixture("reference.safetensors")
        for length in 0 ..< whole.count {
            #expect(throws: ModelFileError.self, "\(length) bytes") {
                try SafetensorsFile(MappedFile(path: "t", data: Data(whole.prefix(length))))
            }
        }
    }

    private func values(of name: String, _ file: SafetensorsFile) throws -> [Float] {
        let tensor = try #require(file.tensors.first { $0.name == name })
        var values = [Float](repeating: .nan, count: tensor.count)
        var span = values.mutableSpan
        try file.file.read(tensor, into: &span)
        return values
    }
}

/// Runs `body` with the path of a new directory, which is removed afterwards.
func withTemporaryDirectory(_ body: (String) throws -> Void) throws {
    let path = FileManager.default.temporaryDirectory
        .appendingPathComponent("modelfiles-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    try body(path)
}
