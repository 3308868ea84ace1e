import Architectures
import Foundation
import ModelFiles
import Testing

/// Damaged files may be refused or read; they must never stop the program.
@Suite struct DamagedFileTests {
    static let rounds = 500

    @Test func survivesDamagedGGUF() throws {
        let whole = Array(try fixture("tiny-qwen2.gguf"))
        let headerLength =
            try GGUFFile(MappedFile(path: "t", data: Data(whole)))
            .tensors.map(\.offset).min() ?? 0
        // The header and the first bytes of data; the rest never decides anything.
        let start = Array(whole[..<(headerLength + 64)])
        try damage(start, seed: 1) { bytes in
            let file = try GGUFFile(
                MappedFile(path: "t", data: Data(bytes + whole[start.count...])))
            let architecture = try Architecture(file)
            for parameter in architecture.parameters.prefix(40) {
                guard let tensor = file.tensor(parameter), tensor.count < 1 << 20 else { continue }
                var values = [Float](repeating: 0, count: tensor.count)
                var span = values.mutableSpan
                try file.file.read(tensor, into: &span)
            }
        }
    }

    @Test func survivesDamagedSafetensors() throws {
        let whole = Array(try fixture("reference.safetensors"))
        try damage(whole, seed: 2) { bytes in
            let file = try SafetensorsFile(MappedFile(path: "t", data: Data(bytes)))
            for tensor in file.tensors {
                var values = [Float](repeating: 0, count: tensor.count)
                var span = values.mutableSpan
                try file.file.read(tensor, into: &span)
            }
        }
    }

    @Test func survivesDamagedConfigurations() throws {
        for (name, seed) in [("tiny-llama3", 3 as UInt64), ("tiny-qwen3", 4)] {
            let text = try Data(contentsOf: URL(fileURLWithPath: model(name) + "/config.json"))
            try damage(Array(text), seed: seed) { bytes in
                let json = try JSONValue.parse(bytes, path: "t")
                _ = try Architecture(configuration: json, path: "t").parameterCount
            }
        }
        let text = try Data(
            contentsOf: URL(fileURLWithPath: model("tiny-llama-lora") + "/adapter_config.json"))
        try damage(Array(text), seed: 5) { bytes in
            _ = try AdapterConfiguration(try JSONValue.parse(bytes, path: "t"), path: "t").scale
        }
    }

    /// Calls `read` with copies of `bytes` in which a few bytes were changed, cut or repeated.
    private func damage(
        _ bytes: [UInt8], seed: UInt64, _ read: ([UInt8]) throws -> Void
    ) throws {
        var random = SplitMix(state: seed)
        var refused = 0
        for _ in 0 ..< Self.rounds {
            var damaged = bytes
            for _ in 0 ... Int.random(in: 0 ..< 3, using: &random) {
                let at = Int.random(in: 0 ..< damaged.count, using: &random)
                switch Int.random(in: 0 ..< 6, using: &random) {
                case 0: damaged[at] ^= 1 << UInt8.random(in: 0 ..< 8, using: &random)
                case 1: damaged[at] = UInt8.random(in: 0 ... 255, using: &random)
                case 2: damaged[at] = [0x00, 0x7F, 0x80, 0xFF].randomElement(using: &random) ?? 0
                case 3: damaged.remove(at: at)
                case 4: damaged.insert(damaged[at], at: at)
                default:
                    for index in at ..< min(at + 8, damaged.count) { damaged[index] = 0xFF }
                }
            }
            do { try read(damaged) } catch is ModelFileError { refused += 1 }
        }
        // Most damage lands where it must be noticed.
        #expect(refused > Self.rounds / 4)
    }
}

/// A small seeded generator (Steele, Lea and Flood 2014, SplitMix64).
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
