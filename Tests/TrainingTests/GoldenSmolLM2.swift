import Architectures
import Engine
import Foundation
import ModelFiles
import StepPrograms
import Testing
import Training
import TrainingSteps

/// SmolLM2-135M-Instruct in Q4_1, which is not part of the repository.
enum SmolLM2 {
    /// Where the file is: in the variable TUNEPLAN_SMOLLM2, or in .cache of the package.
    static let path: String? = {
        let cached = Golden.tests.deletingLastPathComponent()
            .appendingPathComponent(".cache/SmolLM2-135M-Instruct.Q4_1.gguf").path
        let path = ProcessInfo.processInfo.environment["TUNEPLAN_SMOLLM2"] ?? cached
        return FileManager.default.fileExists(atPath: path) ? path : nil
    }()

    #if DEBUG
    static let isSlow = true
    #else
    static let isSlow = false
    #endif

    /// The model.
    static func open() throws -> ModelFile { try ModelFile.open(try #require(path)) }

    static let adapterShape = LowRank(rank: 8, alpha: 16)

    /// Calls `body` with the adapter that Tests/Golden/smol.py describes by a formula.
    static func withAdapter<Result>(
        for model: ModelFile, _ body: (AdapterFile) throws -> Result
    ) throws -> Result {
        try Golden.withTemporaryPath { path in
            let architecture = model.architecture
            let rank = adapterShape.rank
            try AdapterFile.write(
                AdapterConfiguration(
                    rank: rank, alpha: adapterShape.alpha, targets: LinearLayer.llama),
                for: architecture, to: path
            ) { parameter in
                let module = Double(LinearLayer.llama.firstIndex(of: parameter.linear) ?? 0)
                let layer = Double(parameter.layer)
                let (outputs, inputs) = architecture.shape(of: parameter.linear)
                return switch parameter.matrix {
                case .a:
                    (0 ..< rank * inputs).map { index in
                        let (i, j) = (Double(index / inputs), Double(index % inputs))
                        return Float(0.02 * sin((i + 1) * (0.11 * j + layer + 0.7 * module)))
                    }
                case .b:
                    (0 ..< outputs * rank).map { index in
                        let (o, i) = (Double(index / rank), Double(index % rank))
                        return Float(0.02 * cos((i + 1) * (0.13 * o + layer + 0.3 * module)))
                    }
                }
            }
            return try body(AdapterFile.open(path, for: architecture))
        }
    }

    /// Selected logits of one text.
    struct Logits: Decodable {
        let ids: [Int32]
        let logSumExp: [Double]
        let fixedIdsAt: [String: [Double]]
        let lastTopIds: [Int]
        let lastTopLogits: [Double]

        /// Compares all of them.
        func expectEqual(_ logits: [Float], fixedIds: [Int], _ name: String) throws {
            let vocabulary = logits.count / ids.count
            func logit(_ row: Int, _ id: Int) -> Double { Double(logits[row * vocabulary + id]) }
            let largest = lastTopLogits.map(abs).max() ?? 0
            let tolerance = Tolerance(relative: 0, absolute: 1e-5 * largest)
            for (row, expected) in fixedIdsAt {
                let row = try #require(Int(row))
                expectGolden(
                    fixedIds.map { logit(row, $0) }, expected, tolerance, "\(name), row \(row)")
            }
            let last = ids.count - 1
            expectGolden(
                lastTopIds.map { logit(last, $0) }, lastTopLogits, tolerance, "\(name), largest")
            let sums = ids.indices.map { row in
                let values = (0 ..< vocabulary).map { logit(row, $0) }
                let shift = values.max() ?? 0
                return shift + log(values.reduce(0) { $0 + exp($1 - shift) })
            }
            expectGolden(sums, logSumExp, tolerance, "\(name), log-sum-exp")
        }
    }
}
