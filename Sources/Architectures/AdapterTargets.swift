import Quantities

/// The places of a model that names such as PEFT's `target_modules` mean.
package struct AdapterTargets: Sendable, Hashable {
    /// The linear layers of the blocks that get an adapter.
    package var linears: Set<LinearLayer> = []
    /// Whether the output head gets an adapter.
    package var adaptsHead = false
    /// Whether the token embedding gets an adapter.
    package var adaptsEmbedding = false
    /// Whether the output head is trained as a whole beside the adapters.
    package var trainsHead = false
    /// Whether the token embedding is trained as a whole beside the adapters.
    package var trainsEmbedding = false

    /// Whether more than linear layers of blocks is adapted or trained.
    package var reachesOutsideBlocks: Bool {
        adaptsHead || adaptsEmbedding || trainsHead || trainsEmbedding
    }

    /// No place at all.
    package init() {}

    /// Reads a list of module names, separated by commas, of a model.
    ///
    /// Each name is one of the model's own modules ("c_attn"), a short or a framework's name of one
    /// ("q", "linear_qkv"), a group ("all-linear", "attention", "mlp"), or a pattern that ends in
    /// alternatives such as "(gate|up|down)_proj". What follows a plus sign is trained as a whole
    /// when it names the embedding or the head.
    /// - Throws: `AdapterTargetError` for a name that the model has no module of. With `lenient`, as
    ///   PEFT does, names without a module are passed over as long as one has one.
    package init(
        _ list: String, in architecture: Architecture, lenient: Bool = false
    ) throws(AdapterTargetError) {
        // Within a pattern a plus sign means something else.
        let parts = list.split(separator: " + ", maxSplits: 1)
        let names = AdapterTargets.names(in: parts.first ?? "")
        var refusal: AdapterTargetError?
        for name in names {
            do throws(AdapterTargetError) { try add(name, in: architecture) } catch {
                if !lenient { throw error }
                refusal = refusal ?? error
            }
        }
        if linears.isEmpty, !adaptsHead, !adaptsEmbedding {
            throw refusal
                ?? AdapterTargetError(name: list, suggestion: nil, known: architecture.moduleNames)
        }
        if parts.count > 1 { addWhole(parts[1].lowercased()) }
    }

    private mutating func add(
        _ name: String, in architecture: Architecture
    ) throws(AdapterTargetError) {
        if AdapterTargets.heads.contains(name) {
            adaptsHead = true
        } else if AdapterTargets.embeddings.contains(name) {
            adaptsEmbedding = true
        } else {
            linears.formUnion(try architecture.linearLayers(named: name))
        }
    }

    private mutating func addWhole(_ words: String) {
        trainsHead =
            AdapterTargets.heads.contains { words.contains($0) } || words.contains("output")
        trainsEmbedding = AdapterTargets.embeddings.contains { words.contains($0) }
    }

    fileprivate static let heads: Set<String> = ["lm_head", "head", "embed_out", "output_layer"]
    fileprivate static let embeddings: Set<String> = [
        "embed_tokens", "wte", "embedding", "word_embeddings", "embed_in",
    ]

    /// The names of a list, patterns spelt out.
    private static func names(in list: Substring) -> [String] {
        var names: [String] = []
        var depth = 0
        var name = ""
        for character in list {
            if character == "(" || character == "[" { depth += 1 }
            if character == ")" || character == "]" { depth -= 1 }
            if character == ",", depth <= 0 {
                names.append(name)
                name = ""
            } else {
                name.append(character)
            }
        }
        return (names + [name]).map { $0.filter { $0 != " " } }.filter { !$0.isEmpty }
            .flatMap(alternatives)
    }

    /// "…(gate|up)_proj" as "gate_proj" and "up_proj"; anything else as it is.
    private static func alternatives(of pattern: String) -> [String] {
        guard let open = pattern.lastIndex(of: "("), let close = pattern.lastIndex(of: ")"),
            open < close, pattern[open ..< close].contains("|")
        else { return [pattern] }
        let ending = pattern[pattern.index(after: close)...].filter { $0 != "$" }
        return pattern[pattern.index(after: open) ..< close].split(separator: "|")
            .map { $0 + ending }
    }
}

/// A name of `target_modules` that a model has no module of.
package struct AdapterTargetError: Error, Hashable, CustomStringConvertible {
    /// The name.
    package let name: String
    /// The module it may have meant.
    package let suggestion: String?
    /// The modules there are.
    package let known: [String]

    package var description: String {
        "the model has no linear layer called '\(name)'"
            + (suggestion.map { "; did you mean \($0)?" }
                ?? "; it has \(known.joined(separator: ", "))")
    }
}

extension Architecture {
    /// Every linear layer that some block of the model has.
    package var linearLayers: Set<LinearLayer> {
        let first = experts?.leadingDenseLayerCount ?? 0
        let span = min(layerCount, first + layerPeriod)
        return (0 ..< span).reduce(into: Set(expertLinears)) { result, layer in
            result.formUnion(attentionLinears(layer))
            result.formUnion(feedForwardLinears(layer))
        }
    }

    /// The names of the model's linear modules in Hugging Face transformers.
    package var moduleNames: [String] {
        let own = family.moduleNames
        let order = LinearLayer.allCases.filter(linearLayers.contains)
        var names: [String] = []
        for linear in order {
            for name in own[linear] ?? [linear.usualModuleName] where !names.contains(name) {
                names.append(name)
            }
        }
        return names
    }

    /// The linear layers that one name means.
    ///
    /// - Throws: `AdapterTargetError` when the model has none of that name.
    package func linearLayers(named name: String) throws(AdapterTargetError) -> Set<LinearLayer> {
        let last = name.split(separator: ".").last.map(String.init) ?? name
        let own = family.moduleNames
        let all = linearLayers
        let modules = all.filter { (own[$0] ?? [$0.usualModuleName]).contains(last) }
        if !modules.isEmpty { return modules }
        let group =
            LinearLayer.group(named: name.lowercased())
            ?? LinearLayer.group(named: last.lowercased())
        let found = all.intersection(group ?? [])
        if !found.isEmpty { return found }
        let known = moduleNames + ["all-linear", "attention", "mlp"]
        throw AdapterTargetError(
            name: name, suggestion: nearest(to: name, among: known), known: known)
    }
}
