import Architectures
import StepPrograms

/// The weights of a model as a framework keeps them on one device: whole, or in shards from which a
/// unit (a layer, or what lies outside the layers) is gathered when it runs.
struct FrameworkWeights {
    private let architecture: Architecture
    private let configuration: FrameworkConfiguration
    private let profile: FrameworkProfile
    private let stage: PipelineStage
    private var resident = ModelTensors()
    private var shards: [Unit: [Shard]] = [:]
    /// What the optimizer updates, in the order of the forward pass.
    private(set) var trained: [TensorID] = []

    /// A group of weights that are gathered together.
    enum Unit: Hashable {
        case root
        case layer(Int)
    }

    /// The weights of a unit in one format, divided among the devices of a group.
    private struct Shard {
        let tensor: TensorID
        let contents: [(key: Key, shape: Shape, format: StorageFormat)]
        /// Where the whole weights stay, when they do.
        let whole: [TensorID]?
    }

    private enum Key {
        case parameter(ParameterID)
        case adapter(AdapterParameterID)
    }

    private struct Entry {
        let key: Key
        let name: String
        let shape: Shape
        let format: StorageFormat
        let role: Role
        let trains: Bool
    }

    /// Adds the weights of a model, or of the frozen copy of preference training, to a program.
    init(
        _ b: inout ProgramBuilder, _ architecture: Architecture,
        _ configuration: FrameworkConfiguration, _ profile: FrameworkProfile,
        stage: PipelineStage = .whole, isReference: Bool = false
    ) {
        self.stage = stage
        self.architecture = architecture
        self.configuration = configuration
        self.profile = profile
        add(&b, .root, isReference)
        for layer in 0 ..< architecture.layerCount { add(&b, .layer(layer), isReference) }
    }

    /// The weights that a unit's forward pass reads, gathered first where they are sharded.
    func weights(
        _ b: inout ProgramBuilder, of unit: Unit, keeps: Bool
    ) -> (tensors: ModelTensors, gathered: [TensorID]) {
        guard let shards = shards[unit] else { return (resident, []) }
        var result = resident
        var gathered: [TensorID] = []
        for shard in shards {
            let whole = shard.contents.enumerated().map { index, content in
                b.tensor(
                    "gathered", content.shape, shard.whole == nil ? .gathered : .parameter,
                    format: content.format, base: shard.whole?[index])
            }
            b.scope = Scope(.collective, layer: b.scope.layer)
            b.allGather([shard.tensor], into: whole, group: .data)
            if !keeps { b.recomputeLastInsteadOfKeeping() }
            gathered += whole
            for (content, tensor) in zip(shard.contents, whole) {
                switch content.key {
                case .parameter(let parameter): result.parameters[parameter] = tensor
                case .adapter(let parameter): result.adapters[parameter] = tensor
                }
            }
        }
        // A unit is freed as a whole when its backward pass has ended.
        b.releaseInBackward(gathered)
        return (result, gathered)
    }

    // MARK: Adding

    private mutating func add(_ b: inout ProgramBuilder, _ unit: Unit, _ isReference: Bool) {
        let entries = entries(unit, isReference)
        let (trains, frozen) = (entries.filter(\.trains), entries.filter { !$0.trains })
        if configuration.parallelism.gathers {
            addShard(&b, unit, trains)
            let differentiates =
                profile.sharding.differentiatesFrozen && configuration.strategy.adapter != nil
            for (_, group) in Dictionary(grouping: frozen, by: { $0.format.name }).sorted(by: {
                $0.key < $1.key
            }) {
                addShard(&b, unit, group, differentiates: differentiates)
            }
            return
        }
        for entry in frozen { keep(&b, entry, trains: false) }
        if configuration.parallelism.shards {
            addShard(&b, unit, trains, whole: trains.map { keep(&b, $0, trains: false) })
        } else {
            for entry in trains { trained.append(keep(&b, entry, trains: true)) }
        }
    }

    @discardableResult
    private mutating func keep(
        _ b: inout ProgramBuilder, _ entry: Entry, trains: Bool
    ) -> TensorID {
        let id = b.weight(
            entry.name, entry.shape, role: entry.role, format: entry.format, trains: trains)
        switch entry.key {
        case .parameter where entry.name.hasPrefix("original."): break
        case .parameter(let parameter): resident.parameters[parameter] = id
        case .adapter(let parameter): resident.adapters[parameter] = id
        }
        return id
    }

    /// Adds a device's share of some weights; the whole ones are gathered, or stay beside it.
    private mutating func addShard(
        _ b: inout ProgramBuilder, _ unit: Unit, _ entries: [Entry], whole: [TensorID]? = nil,
        differentiates: Bool = false
    ) {
        guard let first = entries.first else { return }
        let count = configuration.parallelism.dataCount
        let trains = first.trains
        let format = whole != nil ? shardFormat : first.format
        let shape: Shape
        if format.isPlain {
            shape = Shape((entries.reduce(0) { $0 + $1.shape.count } + count - 1) / count)
        } else {
            // Quantised weights travel as the bytes that hold them.
            let bytes = entries.reduce(0) { $0 + $1.format.bytes(for: $1.shape).count }
            shape = Shape((bytes + count - 1) / count)
        }
        let id = b.weight(
            "\(first.name).shard", shape, role: first.role, format: format.isPlain ? format : .int8,
            trains: trains || differentiates && format.isPlain)
        if trains { trained.append(id) }
        let contents = entries.map { entry in
            let plain = whole != nil || !entry.format.isPlain ? entry.format : profile.compute
            return (key: entry.key, shape: entry.shape, format: plain)
        }
        shards[unit, default: []].append(Shard(tensor: id, contents: contents, whole: whole))
    }

    /// Format of the share of trained weights that the optimizer updates.
    private var shardFormat: StorageFormat {
        profile.keepsMasterWeights ? .float32 : profile.trainedWeights
    }

    // MARK: What there is

    private func entries(_ unit: Unit, _ isReference: Bool) -> [Entry] {
        let parameters: [ParameterID] =
            switch unit {
            case .root:
                (stage.embeds ? architecture.headParameters : [])
                    + (stage.hasHead ? architecture.tailParameters : [])
            case .layer(let layer): architecture.parameters(ofLayer: layer)
            }
        var result = parameters.map { entry($0, isReference) }
        let isTied = architecture.tiesEmbeddings
        if isTied, unit == .root, stage.hasHead, profile.untiesEmbeddings || !stage.embeds {
            result.append(entry(.outputHead, isReference))
        }
        if configuration.trainsEmbeddings, profile.copiesTrainedModules, unit == .root,
            !isReference, !configuration.strategy.trainsBase
        {
            result += parameters.filter { [.tokenEmbedding, .outputHead].contains($0) }.map {
                Entry(
                    key: .parameter($0), name: "original.\($0.name)",
                    shape: Shape(architecture.shape(of: $0)), format: profile.weights,
                    role: .parameter, trains: false)
            }
        }
        if case .layer(let layer) = unit, !isReference, let adapter = configuration.strategy.adapter
        {
            result += adapters(adapter, layer)
        }
        return result
    }

    private func entry(_ parameter: ParameterID, _ isReference: Bool) -> Entry {
        let strategy = configuration.strategy
        let isEnd = [.tokenEmbedding, .outputHead].contains(parameter)
        let trains =
            !isReference && (strategy.trainsBase || configuration.trainsEmbeddings && isEnd)
        return Entry(
            key: .parameter(parameter), name: (isReference ? "reference." : "") + parameter.name,
            shape: Shape(architecture.shape(of: parameter)),
            format: trains ? profile.trainedWeights : frozenFormat(parameter),
            role: isReference ? .reference : .parameter, trains: trains)
    }

    private func frozenFormat(_ parameter: ParameterID) -> StorageFormat {
        var quantized = configuration.frozenFormat
        if let double = configuration.strategy.doubleQuantization, quantized == nil {
            quantized = .nf4(doubleQuantized: double)
        }
        guard let quantized else { return profile.weights }
        switch parameter {
        case .weight, .experts, .sharedExperts: return quantized
        case .outputHead where profile.quantizesHead: return quantized
        case .tokenEmbedding, .outputHead, .headBias:
            return profile.raisesUnquantizedWeights && !profile.lowersEnds
                ? .float32 : profile.weights
        default: return profile.raisesUnquantizedWeights ? .float32 : profile.weights
        }
    }

    private func adapters(_ adapter: LowRank, _ layer: Int) -> [Entry] {
        var result: [Entry] = []
        let dense = architecture.attentionLinears(layer) + architecture.feedForwardLinears(layer)
        for linear in dense where adapter.targets.contains(linear) {
            let (outputs, inputs) = architecture.shape(of: linear, layer: layer)
            result += pair(
                adapter, linear, layer, Shape(adapter.rank, inputs),
                Shape(outputs, adapter.rank))
        }
        guard architecture.isMixture(layer), let experts = architecture.experts else {
            return result
        }
        for linear in architecture.expertLinears where adapter.targets.contains(linear) {
            let (outputs, inputs) = architecture.expertShape(of: linear)
            result += pair(
                adapter, linear, layer, Shape(experts.count, adapter.rank, inputs),
                Shape(experts.count, outputs, adapter.rank))
        }
        return result
    }

    private func pair(
        _ adapter: LowRank, _ linear: LinearLayer, _ layer: Int, _ a: Shape, _ b: Shape
    ) -> [Entry] {
        [(AdapterParameterID.Matrix.a, a), (.b, b)].map { matrix, shape in
            Entry(
                key: .adapter(AdapterParameterID(linear, layer: layer, matrix: matrix)),
                name: "layers.\(layer).\(linear.rawValue).adapter.\(matrix.rawValue)",
                shape: shape, format: profile.adapter, role: .adapter, trains: true)
        }
    }
}
