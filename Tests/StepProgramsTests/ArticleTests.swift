import Foundation
import StepPrograms
import Testing

/// The example of the article "What a step program is", and what the articles print of it.
@Suite struct ArticleTests {
    @Test func exampleIsWhatTheArticlePrints() throws {
        var b = ProgramBuilder(
            workspaces: WorkspaceSizes(workers: 1, longestSegment: 4))
        let tokens = b.tensor("tokens", Shape(4), .input, format: .int32)
        let targets = b.tensor("targets", Shape(4), .input, format: .int32)
        let weights = b.tensor("weights", Shape(4), .input)
        let loss = b.tensor("loss", Shape(1), .output)
        let table = b.weight("table", Shape(8, 4), role: .parameter, trains: true)
        let w = b.weight("w", Shape(4, 4), role: .parameter, trains: true)
        b.records = true
        let x = b.embedding(tokens, table: table, name: "x")
        b.scope = Scope(.up, layer: 0)
        let y = b.linear(x, weight: w, name: "y")
        b.scope = Scope(.loss)
        b.crossEntropy(
            hidden: y, head: table, targets: targets, weights: weights, loss: loss, chunk: 4)
        b.backward()
        b.endSection(.microbatch)
        let program = try b.finish(origin: "example")

        let lines = try articleLines("WhatAStepProgramIs")
        for line in program.dump.split(separator: "\n") {
            #expect(lines.contains(line.trimmingCharacters(in: .whitespaces)), "\(line)")
        }
        let live = Liveness(program).live.map { "\($0.count)" }.joined(separator: " ")
        #expect(try articleLines("HowMemoryIsDerived").contains(live), "\(live)")
    }

    private func articleLines(_ name: String) throws -> Set<String> {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let article = root.appending(
            path: "Sources/StepPrograms/StepPrograms.docc/\(name).md")
        return Set(
            try String(contentsOf: article, encoding: .utf8)
                .split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) })
    }
}
