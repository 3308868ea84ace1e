import Catalog
import Foundation
import Planning
import Quantities
import Testing
import Validation

/// A row of a back-test whose figures are made up.
private func row(
    _ id: String = "fms-001", measured: Double? = 10, likely: Double = 10, half: Double = 1,
    shortest: Double? = nil, fits: Bool? = true, strategy: String = "lora", devices: Int = 1,
    notes: String = "q=A; x", kind: MemoryMeasurement.Kind = .allocated
) -> BacktestRow {
    var measurement = MemoryMeasurement(unreadable: id)
    measurement.run.strategyText = strategy
    measurement.run.deviceCount = devices
    measurement.run.notes = notes
    measurement.peak = measured.map(Bytes.gibibytes)
    measurement.kind = kind
    let estimate = Estimate(
        low: Bytes.gibibytes(likely - half), likely: .gibibytes(likely),
        high: .gibibytes(likely + half), basis: [.derived])
    return BacktestRow(
        measurement, framework: "transformers",
        prediction: MemoryPrediction(
            kind: kind, estimate: estimate, shortest: shortest.map(Bytes.gibibytes), fits: fits,
            derived: DerivedMemory(
                allocated: .gibibytes(likely), byRole: [:], peakOp: "", reserved: .zero)))
}

@Suite struct MemoryBacktestTests {
    @Test(arguments: [
        (10.0, 11.0, Double?.none, 0.1), (10.0, 9.0, nil, -0.1),
        // Lengths vary: anything between the two predictions is no error.
        (10.0, 14.0, 8.0, 0.0), (10.0, 14.0, 11.0, 0.1), (10.0, 9.0, 5.0, -0.1),
    ])
    func errorsOfVaryingLengthsCountFromOneSide(
        measured: Double, likely: Double, shortest: Double?, error: Double
    ) throws {
        let found = try #require(
            row(measured: measured, likely: likely, shortest: shortest).signedError)
        #expect(abs(found - error) < 1e-9)
    }

    @Test func aRunWithoutAFigureHasNoError() {
        #expect(row(measured: nil).signedError == nil && row(measured: nil).isInRange == nil)
        #expect(row(measured: 10.9).isInRange == true && row(measured: 11.1).isInRange == false)
        #expect(abs((row(likely: 10, half: 2).halfWidth ?? 0) - 0.2) < 1e-9)
    }

    @Test func aGroupOfTooFewRowsTakesTheNextWiderOne() throws {
        var run = MemoryMeasurement(unreadable: "x").run
        run.strategyText = "qlora"
        run.deviceCount = 2
        let groups = MemoryResiduals.Group.all(.allocated, "fms", run)
        #expect(groups.first?.strategy == "qlora" && groups.first?.severalDevices == true)
        #expect(groups.last == MemoryResiduals.Group(kind: .allocated))
        #expect(Set(groups).count == groups.count)
        // Seven rows of the narrowest group, one more of the next: too few, and just enough.
        let few = MemoryResiduals.fewestRows
        let rows = (0 ..< few).map { index in
            Residual(
                groups: index < few - 1 ? Array(groups.prefix(2)) : [groups[1]], ratio: 2)
        }
        let spreads = MemoryResiduals.spreads(of: rows)
        #expect(spreads[groups[0]] == nil)
        #expect(spreads[groups[1]]?.likely == 2 && spreads[groups[1]]?.rowCount == few)
    }

    @Test func aSpreadHoldsAllButTheTails() throws {
        let group = MemoryResiduals.Group(kind: .device)
        func rows(_ values: [Double]) -> [Residual] {
            values.map { Residual(groups: [group], ratio: $0) }
        }
        let values = (0 ... 100).map { 0.5 + Double($0) / 100 }
        let spread = try #require(
            MemoryResiduals.spreads(of: rows(values), heldOut: rows([0.8, 1, 2]))[group])
        #expect(abs(spread.low - 0.53) < 1e-9 && abs(spread.high - 1.47) < 1e-9)
        #expect(spread.likely == 1)
        #expect(abs((spread.residual ?? 0) - 0.25) < 1e-9, "of 1/4, 0 and 1/2 the middle one")
        #expect(MemoryResiduals.spreads(of: rows(values))[group]?.residual == nil)
    }

    @Test func aRangeHoldsMostOfTheNextWiderGroup() throws {
        let narrow = MemoryResiduals.Group(kind: .device, framework: "fms")
        let wide = MemoryResiduals.Group(kind: .device)
        // The narrow group measures twice what is derived, always; the others vary by a half.
        let rows =
            (0 ..< 10).map { _ in Residual(groups: [narrow, wide], ratio: 2) }
            + (0 ... 100).map { Residual(groups: [wide], ratio: 0.5 + Double($0) / 100) }
        let spread = try #require(MemoryResiduals.spreads(of: rows)[narrow])
        #expect(spread.likely == 2)
        #expect(spread.low < 1.3 && spread.low > 1 && spread.high > 2.7 && spread.high < 3)
    }

    @Test func aFitIsReadAsItIsWritten() throws {
        let group = MemoryResiduals.Group(kind: .allocated, framework: "fms", strategy: "full")
        let spread = MemoryResiduals.Spread(
            rowCount: 9, low: 0.9, likely: 1.01, high: 1.25, residual: 0.02)
        let overhead = MeasuredSpread(
            low: 0.25, likely: 0.5, high: 0.75, rowCount: 8, residual: nil)
        let residuals = MemoryResiduals(groups: [group: spread], overheads: [true: overhead])
        let place = FileManager.default.temporaryDirectory
            .appendingPathComponent("residuals-\(UUID().uuidString).csv")
        defer { try? FileManager.default.removeItem(at: place) }
        try residuals.csv.write(to: place, atomically: true, encoding: .utf8)
        #expect(try MemoryResiduals(contentsOf: place) == residuals)
        try residuals.csv.replacing("0.9000", with: "1.1000")
            .write(to: place, atomically: true, encoding: .utf8)
        #expect(throws: CatalogError.self) { try MemoryResiduals(contentsOf: place) }
    }

    @Test func summariesCountWhatTheySay() {
        let rows =
            [9.0, 10, 12, 20].map { row(likely: $0, half: 1) } + [row(measured: nil)]
            + [BacktestRow(row().measurement, framework: "", skippedReason: "because")]
        let summary = BacktestSummary(["all"], rows)
        #expect(summary.rowCount == 5 && summary.predictedCount == 4)
        #expect(abs((summary.predictedShare ?? 0) - 0.8) < 1e-9)
        #expect(abs((summary.median ?? 0) - 0.15) < 1e-9)
        #expect(abs((summary.bias ?? 0) - 0.1) < 1e-9)
        #expect(summary.insideShare == 0.5)
        #expect(BacktestSummary(["none"], []).median == nil)
    }

    @Test func barsArePassedAndMissed() throws {
        // fms-012 and the like are held out by their hash alone.
        let held = (0 ..< 90).map { "row-\($0)" }.filter { HeldOut.contains($0) }
        let good = held.map { row($0, measured: 10, likely: 10.1) }
        let bars = BacktestBar.all(good)
        #expect(bars.first { $0.demand == "lora: median absolute error" }?.passes == true)
        #expect(bars.first { $0.demand == "full: median absolute error" }?.passes == nil)
        #expect(bars.first { $0.demand.hasPrefix("ran, held out") }?.passes == true)
        let bad = held.map { row($0, measured: 10, likely: 12, fits: false) }
        for words in ["lora: median", "allocated memory", "ran:", "measured values inside"] {
            #expect(BacktestBar.all(bad).first { $0.demand.hasPrefix(words) }?.passes == false)
        }
        let seen = (0 ..< 90).map { "row-\($0)" }.filter { !HeldOut.contains($0) }
        #expect(
            BacktestBar.all(seen.map { row($0) })[4].rowCount == 0, "fitted rows are not judged")
        let failed = held.map { row($0, measured: nil, fits: false) }
        let bar = BacktestBar.all(failed).first { $0.demand.hasPrefix("out of memory:") }
        #expect(bar?.passes == true && bar?.rowCount == held.count)
    }

    @Test func rowsThatDeviateSayWhy() {
        #expect(row(notes: "q=B; unit as given: GB").likelyReason.contains("7%"))
        #expect(row(kind: .unknown).likelyReason.contains("does not say"))
        #expect(row(notes: "q=A; smi_gib=4; packed").whatTheRowSays == "packed")
    }
}
