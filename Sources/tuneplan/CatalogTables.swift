import Catalog
import Quantities
import Reporting

/// The catalog as tables.
enum CatalogTables {
    /// How much there is of each kind.
    static func kinds(of catalog: Catalog) -> Table {
        var table = Table(columns: [.init("kind"), .init("entries"), .init("for example")])
        for kind in CatalogCommand.Kind.allCases {
            let names = catalog.names(of: kind)
            table.append([
                .text(kind.rawValue), .integer(names.count), .text(names.first ?? ""),
            ])
        }
        return table
    }

    /// The entries of one kind, one a row.
    static func list(_ kind: CatalogCommand.Kind, in catalog: Catalog) -> Table {
        switch kind {
        case .models: models(catalog.models)
        case .devices: devices(catalog.devices)
        case .prices: prices(catalog.prices)
        case .apiPrices: apiPrices(catalog.apiPrices)
        }
    }

    private static func models(_ models: [ModelEntry]) -> Table {
        var table = Table(
            columns: [
                .init("model"), .init("family"), .init("parameters"),
                .init("of a token", key: "active_parameters"), .init("layers"),
                .init("hidden width"), .init("vocabulary"), .init("context", key: "context_length"),
                .init("licence"), .init("release"), .init("source"),
            ])
        for model in models {
            table.append([
                .text(model.identifier), .text(model.family), .parameters(model.parameterCount),
                .parameters(model.activeParameterCount),
                .integer(model.architecture.layerCount), .integer(model.architecture.hiddenWidth),
                .integer(model.architecture.vocabularySize),
                .integer(model.architecture.contextLength), .optional(model.license),
                .optional(model.release?.text), .text(model.source),
            ])
        }
        return table
    }

    private static func devices(_ devices: [Device]) -> Table {
        var table = Table(
            columns: [
                .init("device"), .init("vendor"), .init("generation"),
                .init("memory", key: "memory_bytes"),
                .init("bandwidth", key: "bandwidth_bytes_per_second"),
                .init("training peak", key: "training_peak_flops_per_second"),
                .init("link", key: "link_bytes_per_second"),
                .init("power", unit: "W", alignment: .right), .init("date"), .init("source"),
            ])
        for device in devices {
            table.append([
                .text(device.name), .text(device.vendor), .text(device.generation),
                .quantity(device.memory), .quantity(device.memoryBandwidth),
                .quantity(device.trainingPeak(.bf16)), .quantity(device.link),
                device.powerLimit.map { .number($0, decimals: 0) } ?? .empty,
                .text(device.provenance.date.text), .text(device.provenance.source),
            ])
        }
        table.notes = ["training peak: dense bfloat16 products, float16 where there are none"]
        return table
    }

    private static func prices(_ prices: [InstancePrice]) -> Table {
        var table = Table(
            columns: [
                .init("provider"), .init("instance"), .init("device"), .init("devices"),
                .init("on demand", key: "on_demand_usd_per_hour"),
                .init("spot", key: "spot_usd_per_hour"), .init("region"), .init("date"),
                .init("source"),
            ])
        for price in prices {
            table.append([
                .text(price.provider), .text(price.instance), .text(price.device),
                .integer(price.deviceCount), .quantity(price.onDemand), .quantity(price.spot),
                .text(price.region), .text(price.provenance.date.text),
                .text(price.provenance.source),
            ])
        }
        table.notes = ["prices are for the whole instance"]
        return table
    }

    private static func apiPrices(_ prices: [APIPrice]) -> Table {
        var table = Table(
            columns: [
                .init("provider"), .init("model"), .init("input", key: "input_usd_per_million"),
                .init("output", key: "output_usd_per_million"),
                .init("training", key: "training_usd_per_million"), .init("date"), .init("source"),
            ])
        for price in prices {
            table.append([
                .text(price.provider), .text(price.model), .tokenPrice(price.input),
                .tokenPrice(price.output), .tokenPrice(price.training),
                .text(price.provenance.date.text), .text(price.provenance.source),
            ])
        }
        table.notes = ["dollars for a million tokens"]
        return table
    }

    /// Facts with their sources, one a row.
    static func facts(_ facts: [CatalogFact]) -> Table {
        var table = Table(
            columns: [
                .init("name"), .init("figure"), .init("value", alignment: .left),
                .init("date"), .init("source"),
            ])
        for fact in facts {
            table.append([
                .text(fact.name), Cell(text: fact.title, value: .string(fact.key)), fact.value,
                .text(fact.provenance.date.text), .text(fact.provenance.source),
            ])
        }
        return table
    }
}

extension Cell {
    /// A count of parameters.
    static func parameters(_ count: Int) -> Cell {
        let text =
            count >= 1_000_000_000
            ? "\(fixed(Double(count) / 1e9, 2)) B" : "\(fixed(Double(count) / 1e6, 1)) M"
        return Cell(text: text, value: .count(count))
    }

    /// Words, or an empty cell.
    static func optional(_ text: String?) -> Cell { text.map { .text($0) } ?? .empty }

    /// The price of a million tokens, which may be less than a cent.
    static func tokenPrice(_ price: USD?) -> Cell {
        price.map { Cell(text: "$\(significant($0.rawValue))", value: .number($0.rawValue)) }
            ?? .empty
    }
}

extension Table {
    /// The table without the column of a key.
    func leavingOut(_ key: String) -> Table {
        var table = Table(title, columns: columns.filter { $0.key != key })
        for row in rows {
            table.append(zip(columns, row).filter { $0.0.key != key }.map(\.1))
        }
        table.notes = notes
        return table
    }
}
