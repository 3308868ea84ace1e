import Foundation
import ModelFiles
import Testing

@Suite struct GGUFFileTests {
    @Test func readsEveryValueType() throws {
        var builder = GGUFBuilder()
        builder.key("u8", type: 0, [200])
        builder.key("i8", type: 1, [0xFF])
        builder.key("u16", type: 2, bytes(UInt16(65_000)))
        builder.key("i16", type: 3, bytes(Int16(-2)))
        builder.key("u32", type: 4, bytes(UInt32.max))
        builder.key("i32", type: 5, bytes(Int32.min))
        builder.key("f32", type: 6, bytes(Float(0.1).bitPattern))
        builder.key("bool", type: 7, [1])
        builder.key("string", type: 8, string("naïve"))
        builder.key("u64", type: 10, bytes(UInt64.max))
        builder.key("i64", type: 11, bytes(Int64(-5)))
        builder.key("f64", type: 12, bytes((0.1).bitPattern))
        builder.key("strings", type: 9, array(8, count: 2, string("a") + string("")))
        builder.key("floats", type: 9, array(6, count: 1, bytes(Float(1.5).bitPattern)))
        builder.key("int32s", type: 9, array(5, count: 2, bytes(Int32(-1)) + bytes(Int32(7))))
        builder.key("bools", type: 9, array(7, count: 2, [0, 1]))
        builder.key("nested", type: 9, array(9, count: 1, array(0, count: 2, [3, 4])))
        let file = try builder.opened()
        let expected: [String: GGUFValue] = [
            "u8": .integer(200), "i8": .integer(-1), "u16": .integer(65_000), "i16": .integer(-2),
            "u32": .integer(4_294_967_295), "i32": .integer(-2_147_483_648),
            "f32": .real(Double(Float(0.1))), "bool": .bool(true), "string": .string("naïve"),
            "u64": .unsigned(.max), "i64": .integer(-5), "f64": .real(0.1),
            "strings": .strings(["a", ""]), "floats": .reals([1.5]), "int32s": .integers([-1, 7]),
            "bools": .bools([false, true]), "nested": .arrays([.integers([3, 4])]),
        ]
        #expect(file.metadata == expected)
        #expect(try file.int32s("int32s") == [-1, 7])
        #expect(try file.string("absent") == nil)
        #expect(throws: ModelFileError.self) { try file.string("u8") }
    }

    @Test func readsTensorTableOutermostFirst() throws {
        var builder = GGUFBuilder()
        builder.key("general.alignment", 64 as UInt32)
        builder.alignment = 64
        builder.tensor("a", [32, 3], type: 3, Array(repeating: 7, count: 60))
        builder.tensor("b", [5], type: 0, Array(repeating: 9, count: 20))
        let file = try builder.opened()
        #expect(file.tensors.map(\.name) == ["a", "b"])
        #expect(file.tensors[0].shape == [3, 32])
        #expect(file.tensors[0].encoding == .q4_1)
        #expect(file.tensors[0].byteCount == 60)
        #expect(file.tensors[1].count == 5)
        #expect(file.tensors[1].offset.isMultiple(of: 64))
        #expect(file.file.data[file.tensors[1].offset] == 9)
    }

    /// A file that is wrong in one way, and words its refusal must contain.
    struct Wrong: Sendable, CustomTestStringConvertible {
        let words: String
        let make: @Sendable (inout GGUFBuilder) -> Void
        var testDescription: String { words }
    }

    static let wrong: [Wrong] = [
        Wrong(words: "first four bytes") { $0.magic = Array("GGML".utf8) },
        Wrong(words: "version 1 is not supported") { $0.version = 1 },
        Wrong(words: "big-endian") { $0.version = 0x0300_0000 },
        Wrong(words: "the tensor count is 18446744073709551615") { $0.tensorCount = .max },
        Wrong(words: "the metadata count is 4611686018427387904") { $0.keyCount = 1 << 62 },
        Wrong(words: "the key appears twice") { $0.key("general.name", "again") },
        Wrong(words: "value type 13 is unknown") { $0.key("k", type: 13, []) },
        Wrong(words: "a truth value is 2") { $0.key("k", type: 7, [2]) },
        Wrong(words: "not valid UTF-8") { $0.key("k", type: 8, bytes(UInt64(1)) + [0xFF]) },
        Wrong(words: "the length of the string is") { $0.key("k", type: 8, bytes(UInt64.max)) },
        Wrong(words: "the array's length is") {
            $0.key("k", type: 9, array(8, count: 1 << 40, []))
        },
        Wrong(words: "nested more than 4 deep") {
            $0.key(
                "k", type: 9,
                (0 ..< 50).flatMap { _ in array(9, count: 1, []) }
                    + array(0, count: 0, []))
        },
        Wrong(words: "alignment must be a power of two") {
            $0.key("general.alignment", 24 as UInt32)
        },
        Wrong(words: "alignment must be a power of two") { $0.key("general.alignment", "32") },
        Wrong(words: "the name appears twice") { $0.tensor("t", [8], type: 0, zeros(32)) },
        Wrong(words: "it has 0 dimensions") { $0.tensors[0].extents = [] },
        Wrong(words: "it has 5 dimensions") { $0.tensors[0].extents = [1, 1, 1, 1, 1] },
        Wrong(words: "the dimension 0 is out of range") { $0.tensors[0].extents = [0] },
        Wrong(words: "the dimension 9223372036854775808") { $0.tensors[0].extents = [1 << 63] },
        Wrong(words: "too large") { $0.tensors[0].extents = [1 << 40, 1 << 40] },
        Wrong(words: "whole blocks of 32") { $0.tensors[0].type = 2 },
        Wrong(words: "Q2_K is not read here") { $0.tensors[0].type = 10 },
        Wrong(words: "tensor type 99 is unknown") { $0.tensors[0].type = 99 },
        Wrong(words: "not a multiple of 32") { $0.tensors[0].offset = 8 },
        Wrong(words: "past the end of the file") { $0.tensors[0].offset = 1 << 50 },
        Wrong(words: "past the end of the file") { $0.tensors[0].offset = .max - 31 },
        Wrong(words: "past the end of the file") { $0.tensors[0].extents = [1 << 20] },
        Wrong(words: "overlap") {
            $0.tensor("u", [8], type: 0, zeros(32))
            $0.tensors[1].offset = 0
        },
    ]

    @Test(arguments: wrong) func refuses(_ wrong: Wrong) throws {
        var builder = GGUFBuilder()
        builder.key("general.name", "test")
        builder.tensor("t", [8], type: 0, zeros(32))
        _ = try builder.opened()
        wrong.make(&builder)
        let error = try #require(throws: ModelFileError.self) { try builder.opened() }
        #expect("\(error)".contains(wrong.words), "\(error)")
        #expect("\(error)".hasPrefix("test.gguf: "))
    }

    @Test func refusesEveryTruncation() throws {
        var builder = GGUFBuilder()
        builder.key("general.name", "test")
        builder.key("list", type: 9, array(8, count: 2, string("a") + string("b")))
        builder.tensor("t", [8], type: 0, zeros(32))
        let whole = builder.file
        for length in 0 ..< whole.count {
            let data = Data(whole.prefix(length))
            #expect(throws: ModelFileError.self, "\(length) bytes") {
                try GGUFFile(MappedFile(path: "short.gguf", data: data))
            }
        }
    }

    @Test func refusesFloodsOfElements() throws {
        var builder = GGUFBuilder()
        let count = (1 << 24) + 1
        builder.key("flood", type: 9, array(0, count: UInt64(count), []))
        let data = Data(builder.header) + Data(count: count)
        let error = try #require(throws: ModelFileError.self) {
            try GGUFFile(MappedFile(path: "t", data: data))
        }
        #expect("\(error)".contains("the array's length is \(count), more than the limit of"))
    }

    @Test func refusesMissingFilesAndDirectories() {
        #expect(throws: ModelFileError.self) { try GGUFFile.open("/nonexistent.gguf") }
        #expect(throws: ModelFileError.self) { try GGUFFile.open("/") }
        #expect(throws: ModelFileError.self) { try GGUFFile.open("/dev/zero") }
    }
}

func zeros(_ count: Int) -> [UInt8] { Array(repeating: 0, count: count) }
