import Foundation
import Quantities

/// Everything that is known about devices, prices and models, read from `data/catalogs`.
package struct Catalog: Sendable {
    /// The accelerators.
    package let devices: [Device]
    /// What instances cost.
    package let prices: [InstancePrice]
    /// What hosted models and managed fine-tuning cost.
    package let apiPrices: [APIPrice]
    /// The models.
    package let models: [ModelEntry]
    /// Published pretraining runs.
    package let publishedRuns: [PublishedRun]

    private let deviceIndices: [String: Int]
    private let modelIndices: [String: Int]

    /// Reads a data directory.
    package static func load(from data: DataDirectory) throws(CatalogError) -> Catalog {
        try load(from: data.catalogs)
    }

    /// Reads the five files of a directory, and fails with the mistakes of all of them.
    package static func load(from directory: URL) throws(CatalogError) -> Catalog {
        var problems: [CatalogError.Problem] = []
        func rows<Row>(
            _ name: String, _ required: [String], by column: String,
            key: @escaping (Row) -> String, _ make: (inout CSVRowReader) -> Row
        ) throws(CatalogError) -> [Row] {
            do {
                let table = try CSVTable(
                    contentsOf: directory.appendingPathComponent(name), requiring: required)
                return try table.decode(uniqueBy: column, key: key, make)
            } catch {
                guard case .malformed(let found) = error else { throw error }
                problems += found
                return []
            }
        }
        let devices = try rows(
            "gpus.csv", Device.columns, by: "gpu", key: \.name, { Device(&$0) })
        let names = Set(devices.map(\.name))
        let prices = try rows(
            "gpu_prices.csv", InstancePrice.columns, by: "instance",
            key: { (price: InstancePrice) in
                [price.provider, price.instance, price.device, price.region]
                    .joined(separator: " ") + " \(price.provenance.date)"
            },
            { row in
                let price = InstancePrice(&row)
                if !names.isEmpty, !names.contains(price.device) {
                    let hint = nearest(to: price.device, among: devices.map(\.name))
                    row.reject(
                        "gpu",
                        "unknown device \"\(price.device)\""
                            + (hint.map { "; did you mean \"\($0)\"?" } ?? ""))
                }
                return price
            })
        let apiPrices = try rows(
            "api_prices.csv", APIPrice.columns, by: "model",
            key: { "\($0.provider) \($0.model)" }, { APIPrice(&$0) })
        let models = try rows(
            "models.csv", ModelEntry.columns, by: "hf_id", key: \.identifier, { ModelEntry(&$0) })
        let runs = try rows(
            "published_runs.csv", PublishedRun.columns, by: "model", key: \.model,
            { PublishedRun(&$0) })
        if !problems.isEmpty { throw .malformed(problems) }
        return Catalog(
            devices: devices, prices: prices, apiPrices: apiPrices, models: models,
            publishedRuns: runs)
    }

    /// A catalog of rows that are already at hand.
    package init(
        devices: [Device], prices: [InstancePrice], apiPrices: [APIPrice], models: [ModelEntry],
        publishedRuns: [PublishedRun] = []
    ) {
        self.devices = devices
        self.prices = prices
        self.apiPrices = apiPrices
        self.models = models
        self.publishedRuns = publishedRuns
        let keepFirst: (Int, Int) -> Int = { first, _ in first }
        var devicesByKey = Dictionary(
            devices.enumerated().map { (DeviceAliases.key($1.name), $0) },
            uniquingKeysWith: keepFirst)
        for (alias, name) in DeviceAliases.names where devicesByKey[alias] == nil {
            devicesByKey[alias] = devicesByKey[DeviceAliases.key(name)]
        }
        deviceIndices = devicesByKey
        modelIndices = Dictionary(
            models.enumerated().flatMap {
                [($1.identifier.lowercased(), $0), ($1.shortName.lowercased(), $0)]
            }, uniquingKeysWith: keepFirst)
    }
}

extension Catalog {
    /// The device with a name, whatever its case and punctuation; "H100" and the like mean the SXM form.
    package func device(named name: String) throws(CatalogError) -> Device {
        if let device = knownDevice(named: name) { return device }
        throw .unknownName(
            kind: "device", name: name, suggestions: suggestions(name, devices.map(\.name)))
    }

    /// As `device(named:)`, or nil when the catalog has no such device.
    package func knownDevice(named name: String) -> Device? {
        let key = DeviceAliases.key(name)
        let vendors = ["nvidia", "amd", "intel", "google"]
        let bare = vendors.first { key.hasPrefix($0) }.map { String(key.dropFirst($0.count)) }
        return (deviceIndices[key] ?? bare.flatMap { deviceIndices[$0] }).map { devices[$0] }
    }

    /// The model with a Hugging Face name, with or without its owner, in any case.
    package func model(named name: String) throws(CatalogError) -> ModelEntry {
        let key = name.lowercased()
        let last = key.split(separator: "/").last.map(String.init) ?? key
        if let index = modelIndices[key] ?? modelIndices[last] { return models[index] }
        throw .unknownName(
            kind: "model", name: name, suggestions: suggestions(name, models.map(\.identifier)))
    }

    /// The prices of instances with a device.
    package func prices(of device: Device) -> [InstancePrice] {
        prices.filter { $0.device == device.name }
    }

    /// Names that contain what was asked for, else the one nearest to it.
    private func suggestions(_ name: String, _ candidates: [String]) -> [String] {
        let key = DeviceAliases.key(name)
        let containing = candidates.filter { !key.isEmpty && DeviceAliases.key($0).contains(key) }
        if !containing.isEmpty { return Array(containing.prefix(5)) }
        let short = candidates.map { $0.split(separator: "/").last.map(String.init) ?? $0 }
        let found = nearest(to: name, among: candidates) ?? nearest(to: name, among: short)
        return found.map { [$0] } ?? []
    }
}
