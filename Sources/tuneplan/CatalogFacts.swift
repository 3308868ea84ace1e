import Catalog
import Quantities
import Reporting

/// One figure of the catalog, with where and when it was read.
struct CatalogFact {
    /// The entry that it belongs to.
    let name: String
    /// What it is, for people.
    let title: String
    /// What it is and its unit, for programs.
    let key: String
    /// The figure.
    let value: Cell
    /// Where and when it was read.
    let provenance: Provenance
}

/// Collects the figures of one entry.
private struct FactList {
    let name: String
    let provenance: Provenance
    private(set) var facts: [CatalogFact] = []

    init(_ name: String, _ provenance: Provenance) {
        self.name = name
        self.provenance = provenance
    }

    /// Adds a figure unless it is not known.
    mutating func add(
        _ title: String, key: String? = nil, _ value: Cell, from source: String? = nil
    ) {
        guard value != .empty else { return }
        var provenance = provenance
        if let source { provenance.source = source }
        facts.append(
            CatalogFact(
                name: name, title: title, key: key ?? snakeCase(title), value: value,
                provenance: provenance))
    }
}

extension Catalog {
    /// The names of one kind, as ``facts(named:)`` takes them.
    func names(of kind: CatalogCommand.Kind) -> [String] {
        switch kind {
        case .models: models.map(\.identifier)
        case .devices: devices.map(\.name)
        case .prices: prices.map(\.instance)
        case .apiPrices: apiPrices.map(\.model)
        }
    }

    /// The figures of the model and the device with a name, in any case; where there are none, those of
    /// every instance and hosted model with it.
    ///
    /// The name of a provider may stand before that of an instance or hosted model.
    ///
    /// - Throws: `CatalogError.unknownName` with the names that are near.
    func facts(named name: String) throws(CatalogError) -> [CatalogFact] {
        var facts: [CatalogFact] = []
        var suggestions: [String] = []
        do throws(CatalogError) {
            facts += try model(named: name).facts
        } catch {
            suggestions += error.suggestions
        }
        do throws(CatalogError) {
            let device = try device(named: name)
            facts += device.facts + cheapest(of: device)
        } catch {
            suggestions += error.suggestions
        }
        if facts.isEmpty {
            func isMeant(_ provider: String, _ candidate: String) -> Bool {
                [candidate, "\(provider) \(candidate)"].contains {
                    $0.lowercased() == name.lowercased()
                }
            }
            facts += prices.filter { isMeant($0.provider, $0.instance) }.flatMap(\.facts)
            facts += apiPrices.filter { isMeant($0.provider, $0.model) }.flatMap(\.facts)
        }
        guard facts.isEmpty else { return facts }
        // Of a name of a few letters, every other short name is near.
        if suggestions.isEmpty, name.count > 3 {
            suggestions =
                nearest(to: name, among: names(of: .prices) + names(of: .apiPrices))
                .map { [$0] } ?? []
        }
        throw .unknownName(
            kind: "model, device or instance", name: name, suggestions: suggestions)
    }

    /// The lowest known prices of one device, of an instance's share where it has several.
    private func cheapest(of device: Device) -> [CatalogFact] {
        func lowest(_ title: String, _ price: (InstancePrice) -> USDPerHour?) -> [CatalogFact] {
            let shares = prices(of: device).compactMap { instance in
                price(instance).map { (instance, $0.rawValue / Double(instance.deviceCount)) }
            }
            guard let (instance, share) = shares.min(by: { $0.1 < $1.1 }) else { return [] }
            var list = FactList(device.name, instance.provenance)
            list.add(
                "\(title) of \(instance.provider) \(instance.instance)",
                key: "\(snakeCase(title))_usd_per_hour", .quantity(USDPerHour(share)))
            return list.facts
        }
        return lowest("lowest price on demand") { $0.onDemand }
            + lowest("lowest spot price") { $0.spot }
    }
}

extension CatalogError {
    fileprivate var suggestions: [String] {
        if case .unknownName(_, _, let suggestions) = self { suggestions } else { [] }
    }
}

extension Device {
    /// What is known about the device.
    fileprivate var facts: [CatalogFact] {
        var list = FactList(name, provenance)
        list.add("vendor", .text(vendor))
        list.add("generation", .text(generation))
        list.add("compute capability", .optional(computeCapability))
        list.add(
            memoryIsReported ? "memory as the driver reports it" : "memory", key: "memory_bytes",
            .quantity(memory))
        list.add("memory as stated", key: "stated_memory_bytes", .quantity(statedMemory))
        list.add(
            "memory bandwidth", key: "memory_bandwidth_bytes_per_second",
            .quantity(memoryBandwidth))
        for precision in Precision.allCases {
            list.add(
                "peak in \(precision.rawValue)", key: "peak_\(precision.rawValue)_flops_per_second",
                .quantity(peaks[precision]))
        }
        list.add(
            "best measured bf16 product", key: "measured_bf16_flops_per_second",
            .quantity(measuredMatrixRate))
        list.add("interconnect", .text(interconnect))
        list.add("link, one way", key: "link_bytes_per_second", .quantity(link))
        list.add(
            "power limit", key: "power_limit_watts",
            powerLimit.map { Cell(text: "\(fixed($0, 0)) W", value: .number($0)) } ?? .empty)
        return list.facts
    }
}

extension ModelEntry {
    /// What is known about the model.
    fileprivate var facts: [CatalogFact] {
        var list = FactList(
            identifier, Provenance(source: source, date: StatedDate(source.date ?? "by 2026-11")))
        list.add("family", .text(family))
        list.add(
            "parameters", .parameters(parameterCount),
            from: "counted from the sizes" + (parameterCheck.map { "; \($0)" } ?? ""))
        list.add(
            "parameters of a token", key: "active_parameters", .parameters(activeParameterCount),
            from: "counted from the sizes")
        list.add("layers", .integer(architecture.layerCount))
        list.add("hidden width", .integer(architecture.hiddenWidth))
        list.add("feed-forward block", .text(feedForwardKind))
        list.add("feed-forward width", .integer(architecture.feedForwardWidth))
        list.add("heads", .integer(architecture.headCount))
        list.add("key-value heads", .integer(architecture.keyValueHeadCount))
        list.add("head width", .integer(architecture.headWidth))
        if let experts = architecture.experts {
            list.add("experts", .integer(experts.count))
            list.add("experts of a token", .integer(experts.countPerToken))
            list.add("width of an expert", .integer(experts.width))
        }
        list.add("vocabulary", .integer(architecture.vocabularySize))
        list.add("context", key: "context_length", .integer(architecture.contextLength))
        list.add("embeddings tied to the head", .flag(architecture.tiesEmbeddings))
        list.add("licence", .optional(license))
        list.add("release", .optional(release?.text))
        list.add(
            "runs here", .text(architecture.reasonNotRunnable.map { "no: \($0)" } ?? "yes"),
            from: "what this version trains on this machine")
        list.add("note", .optional(notes))
        return list.facts
    }
}

extension String {
    /// The last year and month, or day, that the text names.
    ///
    /// Where a source of a model names none, it was read when the catalog was made (see
    /// data/catalogs/README.md).
    fileprivate var date: String? {
        matches(of: #/\b20\d\d-\d\d(-\d\d)?\b/#).last.map { String($0.output.0) }
    }
}

extension InstancePrice {
    /// What is known about the instance.
    fileprivate var facts: [CatalogFact] {
        var list = FactList("\(provider) \(instance)", provenance)
        list.add("device", .text(device))
        list.add("devices", .integer(deviceCount))
        list.add("virtual processors", processorCount.map { .integer($0) } ?? .empty)
        list.add("memory of the host", key: "host_memory_bytes", .quantity(hostMemory))
        list.add("on demand", key: "on_demand_usd_per_hour", .quantity(onDemand))
        list.add("spot", key: "spot_usd_per_hour", .quantity(spot))
        list.add("region", .text(region))
        list.add("note", .optional(notes))
        return list.facts
    }
}

extension APIPrice {
    /// What is known about the hosted model; prices are for a million tokens.
    fileprivate var facts: [CatalogFact] {
        var list = FactList("\(provider) \(model)", provenance)
        for (title, key, price) in [
            ("a million prompt tokens", "input", input),
            ("a million cached prompt tokens", "cached_input", cachedInput),
            ("a million generated tokens", "output", output),
            ("a million training tokens", "training", training),
            ("a million prompt tokens when tuned", "tuned_input", tunedInput),
            ("a million generated tokens when tuned", "tuned_output", tunedOutput),
        ] {
            list.add(title, key: "\(key)_usd_per_million", .tokenPrice(price))
        }
        list.add("saved by batch requests", batchDiscount.map { .percent($0) } ?? .empty)
        list.add("context", key: "context_length", contextLength.map { .integer($0) } ?? .empty)
        list.add("note", .optional(notes))
        return list.facts
    }
}
