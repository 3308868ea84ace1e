import Foundation
import Testing

@Suite(.serialized) struct CatalogCommandTests {
    private func rows(_ arguments: [String]) throws -> [[String: Any]] {
        let output = try Workplace().succeed(["catalog"] + arguments + ["--format", "json"]).output
        return try #require(
            try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [[String: Any]])
    }

    /// The number of rows below the header of a catalog file, counted without the reader under test.
    private func rowCount(_ file: String) throws -> Int {
        let text = try String(
            contentsOfFile: Repository.path("data/catalogs/\(file)"), encoding: .utf8)
        return text.split(separator: "\n").count - 1
    }

    @Test(arguments: [
        ("models", "models.csv", "model"), ("devices", "gpus.csv", "device"),
        ("prices", "gpu_prices.csv", "instance"), ("api-prices", "api_prices.csv", "model"),
    ])
    func everyEntryIsListedWithItsSource(kind: String, file: String, key: String) throws {
        let listed = try rows(["list", kind])
        #expect(listed.count == (try rowCount(file)))
        for row in listed {
            #expect((row[key] as? String)?.isEmpty == false)
            #expect((row["source"] as? String)?.isEmpty == false, "\(row)")
        }
        let counted = try rows(["list"])
        #expect(counted.first { $0["kind"] as? String == kind }?["entries"] as? Int == listed.count)
    }

    @Test(arguments: ["table", "markdown", "csv", "json"])
    func listsHaveEveryForm(_ format: String) throws {
        for kind in [[], ["models"], ["devices"], ["prices"], ["api-prices"]] {
            let output = try Workplace().succeed(
                ["catalog", "list"] + kind + ["--format", format]
            ).output
            switch format {
            case "json": #expect(output.hasPrefix("["))
            case "csv": #expect(output.contains("\r\n"))
            case "markdown": #expect(output.hasPrefix("| "))
            default: #expect(output.contains("───") && !output.contains("source"))
            }
        }
    }

    @Test(arguments: [
        ("H100", "H100-SXM-80GB", "memory_bandwidth_bytes_per_second"),
        ("h100-sxm-80gb", "H100-SXM-80GB", "lowest_price_on_demand_usd_per_hour"),
        ("llama-3.1-8B", "meta-llama/Llama-3.1-8B", "parameters"),
        ("p3.2xlarge", "aws p3.2xlarge", "on_demand_usd_per_hour"),
        ("gpt-6-astra", "openai gpt-6-astra", "output_usd_per_million"),
        ("OpenAI gpt-6-astra", "openai gpt-6-astra", "input_usd_per_million"),
    ])
    func everyFigureHasItsSourceAndDate(asked: String, name: String, figure: String) throws {
        let facts = try rows(["show", asked])
        #expect(facts.contains { $0["figure"] as? String == figure })
        for fact in facts {
            #expect(fact["name"] as? String == name)
            #expect((fact["source"] as? String)?.isEmpty == false, "\(fact)")
            #expect((fact["date"] as? String)?.contains("20") == true, "\(fact)")
            #expect(fact["value"] != nil && !(fact["value"] is NSNull))
        }
    }

    @Test func valuesAreInBaseUnits() throws {
        let facts = try rows(["show", "Llama-3.1-8B"])
        let count = facts.first { $0["figure"] as? String == "parameters" }
        #expect(count?["value"] as? Int == 8_030_261_248)
    }

    @Test(arguments: [
        BadInput("catalog show H10O-SXM-80GB", 64, "Did you mean \"H100-SXM-80GB\"?"),
        BadInput("catalog show Lama-3.1-8B", 64, "Llama-3.1-8B\""),
        BadInput("catalog show p3.2xlagre", 64, "Did you mean \"p3.2xlarge\"?"),
        BadInput(
            "catalog show Zyxwvutsrqponm", 64,
            "Unknown model, device or instance \"Zyxwvutsrqponm\". See `tuneplan catalog list`."),
        BadInput("catalog list modles", 64, "'modles'"),
        BadInput("catalog show", 64, "Missing expected argument"),
    ])
    func unknownNames(_ input: BadInput) throws { try input.check() }
}
