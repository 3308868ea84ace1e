import Architectures
import ModelFiles
import Quantities
import Reporting

/// What a model file holds.
enum ModelInspection {
    static func make(_ model: ModelFile) -> Inspection {
        var result = Inspection()
        result.add("path", "path", .string(model.path), model.path)
        result.add("format", "format", .string(model.format.rawValue), model.format.rawValue)
        if let name = model.name { result.add("name", "name", .string(name), name) }
        result.add(
            "stored", "storedBytes", .integer(model.storedBytes.rawValue),
            String(describing: model.storedBytes))
        addArchitecture(model.architecture, &result)
        addTensors(model, &result)
        addTokenizer(model, &result)
        return result
    }

    /// A model that is described and does not run here.
    static func make(_ model: PlannedModel, path: String, reason: String?) -> Inspection {
        var result = Inspection()
        result.add("path", "path", .string(path), path)
        result.add("name", "name", .string(model.name), model.name)
        addArchitecture(model.architecture, &result)
        if let reason = model.architecture.reasonNotRunnable ?? reason {
            result.add("runs here", "notRunnable", .string(reason), "no: \(reason)")
        }
        return result
    }

    private static func addArchitecture(
        _ architecture: Architecture, _ result: inout Inspection
    ) {
        func count(_ title: String, _ key: String, _ value: Int) {
            result.add(title, key, .count(value), String(value))
        }
        result.add(
            "family", "family", .string(architecture.family.rawValue),
            architecture.family.rawValue)
        count("parameters", "parameters", architecture.parameterCount)
        if let experts = architecture.experts {
            count("parameters of a token", "activeParameters", architecture.activeParameterCount)
            count("experts", "experts", experts.count)
            count("experts of a token", "expertsPerToken", experts.countPerToken)
            count("width of an expert", "expertWidth", experts.width)
        }
        count("layers", "layers", architecture.layerCount)
        count("hidden width", "hiddenWidth", architecture.hiddenWidth)
        count("feed-forward width", "feedForwardWidth", architecture.feedForwardWidth)
        count("heads", "heads", architecture.headCount)
        count("key-value heads", "keyValueHeads", architecture.keyValueHeadCount)
        count("head width", "headWidth", architecture.headWidth)
        count("vocabulary", "vocabulary", architecture.vocabularySize)
        count("context", "contextLength", architecture.contextLength)
        result.add(
            "embeddings tied to the head", "tiesEmbeddings", .bool(architecture.tiesEmbeddings),
            architecture.tiesEmbeddings ? "yes" : "no")
    }

    private static func addTensors(_ model: ModelFile, _ result: inout Inspection) {
        var kinds: [String: Int] = [:]
        for tensor in model.tensors { kinds[tensor.encoding.rawValue, default: 0] += 1 }
        let list = kinds.sorted { $0.key < $1.key }
        result.add(
            "tensors", "tensorFormats",
            .object(list.map { .init($0.key, .count($0.value)) }),
            list.map { "\($0.value) \($0.key)" }.joined(separator: ", "))
        result.add(
            "", "tensors",
            .array(
                model.tensors.map { tensor in
                    [
                        "name": .string(tensor.name), "format": .string(tensor.encoding.rawValue),
                        "shape": .array(tensor.shape.map { .count($0) }),
                    ]
                }), "")
        if !model.surplusTensors.isEmpty {
            result.add(
                "tensors without use", "surplusTensors", .strings(model.surplusTensors),
                model.surplusTensors.joined(separator: ", "))
        }
    }

    /// A tokenizer or template that cannot be used is reported with its reason, not fatal here.
    private static func addTokenizer(_ model: ModelFile, _ result: inout Inspection) {
        do {
            let tokenizer = try model.tokenizer()
            result.add(
                "tokenizer", "tokenizer",
                [
                    "kind": "byte-level BPE", "vocabulary": .count(tokenizer.vocabularySize),
                    "preTokenizer": .string(String(describing: tokenizer.preTokenizer)),
                ], "byte-level BPE of \(tokenizer.vocabularySize) tokens")
            guard tokenizer.chatTemplateText != nil else {
                result.add("chat template", "chatTemplate", .null, "none")
                return
            }
            let name = try tokenizer.chatTemplate().name
            result.add("chat template", "chatTemplate", .string(name), name)
        } catch {
            let reason = String(describing: error)
            result.add("tokenizer problem", "tokenizerProblem", .string(reason), reason)
        }
    }
}
