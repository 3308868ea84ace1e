import Quantities

/// What a provider asks for an instance with accelerators, at one date.
package struct InstancePrice: Sendable, Hashable {
    /// The provider, such as "aws".
    package var provider: String
    /// The provider's name for the instance.
    package var instance: String
    /// The name of the device in it.
    package var device: String
    /// How many devices it has.
    package var deviceCount: Int
    /// Virtual processors of the host, when known.
    package var processorCount: Int?
    /// Memory of the host, when known.
    package var hostMemory: Bytes?
    /// The price of the whole instance that cannot be taken away.
    package var onDemand: USDPerHour?
    /// The price of the whole instance that can be taken away at any time.
    package var spot: USDPerHour?
    /// The region, in the provider's words.
    package var region: String
    /// Where and when the price was read.
    package var provenance: Provenance
    /// What was remarkable about it.
    package var notes: String?

    /// A price that was not read from our own file.
    package init(
        provider: String, instance: String, device: String, deviceCount: Int,
        processorCount: Int? = nil, hostMemory: Bytes? = nil, onDemand: USDPerHour? = nil,
        spot: USDPerHour? = nil, region: String, provenance: Provenance, notes: String? = nil
    ) {
        self.provider = provider
        self.instance = instance
        self.device = device
        self.deviceCount = deviceCount
        self.processorCount = processorCount
        self.hostMemory = hostMemory
        self.onDemand = onDemand
        self.spot = spot
        self.region = region
        self.provenance = provenance
        self.notes = notes
    }

    static let columns = [
        "provider", "instance", "gpu", "gpus", "usd_per_hour_on_demand", "usd_per_hour_spot",
        "region", "date", "source",
    ]

    init(_ row: inout CSVRowReader) {
        provider = row.requiredText("provider")
        instance = row.requiredText("instance")
        device = row.requiredText("gpu")
        deviceCount = row.requiredInteger("gpus", in: 1 ... 1024)
        processorCount = row.integer("vcpus", in: 1 ... 100_000)
        hostMemory = row.number("ram_gib", in: 0.5 ... 1e6).map(Bytes.gibibytes)
        // A price of zero is how other catalogs write "unknown".
        onDemand = row.number("usd_per_hour_on_demand", in: 0.001 ... 1e5).map { USDPerHour($0) }
        spot = row.number("usd_per_hour_spot", in: 0.001 ... 1e5).map { USDPerHour($0) }
        if onDemand == nil, spot == nil {
            row.reject(
                "usd_per_hour_on_demand", "neither an on-demand nor a spot price is given")
        }
        region = row.requiredText("region")
        provenance = row.provenance()
        notes = row.text("notes")
    }
}
