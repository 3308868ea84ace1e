import Catalog
import Planning
import Quantities
import Testing

@Suite struct MeasuredShareTests {
    /// What is fitted must hold for the rows that the fit did not see.
    @Test(arguments: ["H100-SXM-80GB", "A100-SXM-80GB", "A40"])
    func heldOutProductsAreNearTheFit(_ name: String) throws {
        let planner = try Shipped.planner.get()
        let device = try planner.catalog.device(named: name)
        for spread in [
            planner.efficiency.matrix(of: device), planner.efficiency.bandwidth(of: device),
        ] {
            let residual = try #require(spread.residual)
            #expect(residual < 0.15, "\(name): \(spread)")
            #expect(spread.low > 0.3 && spread.high <= 1.05 && spread.low <= spread.likely)
        }
        #expect(planner.efficiency.isMeasured(device))
    }

    @Test func unmeasuredDevicesGetTheSpreadOfTheMeasured() throws {
        let planner = try Shipped.planner.get()
        let efficiency = planner.efficiency
        let unknown = efficiency.matrix(of: gpu("nobody measured this"))
        let known = efficiency.matrix(of: try planner.catalog.device(named: "H100"))
        #expect(unknown.low < known.low && known.high <= unknown.high)
        #expect(!efficiency.isMeasured(gpu("nobody measured this")))
    }

    @Test func heldOutRowsAreNotFitted() throws {
        let shipped = try Shipped.measurements.get()
        let catalog = try Shipped.catalog.get()
        let fitted = shipped.rates.filter { !HeldOut.contains($0.heldOutKey) }
        #expect(fitted.count < shipped.rates.count)
        let all = try DeviceEfficiency(shipped.rates, catalog: catalog)
        let part = try DeviceEfficiency(fitted, catalog: catalog)
        let device = try catalog.device(named: "A40")
        #expect(all.matrix(of: device).likely == part.matrix(of: device).likely)
        #expect(all.matrix(of: device).rowCount == part.matrix(of: device).rowCount)
        #expect(part.matrix(of: device).residual == nil)
    }

    @Test func allocatorSlackHoldsOnHeldOutRows() throws {
        let process = try Shipped.planner.get().processMemory(.transformersPEFT)
        #expect(process.slack.low >= 1 && process.slack.low < 1.1)
        #expect(process.slack.rowCount > 50)
        #expect(try #require(process.slack.residual) < 0.15)
    }

    @Test func measurementsWithoutProductsAreRefused() throws {
        #expect {
            try DeviceEfficiency([], catalog: try Shipped.catalog.get())
        } throws: {
            "\($0)"
                == "The measurements hold no usable row of matrix products limited by arithmetic."
        }
    }

    @Test func spreadsAreSaidInWords() {
        let spread = MeasuredSpread(low: 0.5, likely: 0.7, high: 0.8, rowCount: 40, residual: 0.052)
        #expect(
            spread.basis.description
                == "fitted to 40 measured rows; median error 5.2% on rows held out")
    }
}
