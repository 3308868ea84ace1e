/// Names of models as sources write them.
enum ModelName {
    /// What a name says of the architecture: without owner, case, punctuation and the words for how the
    /// checkpoint was tuned.
    static func key(_ name: String) -> String {
        let last =
            name.lowercased().split(separator: "/").last.map(String.init) ?? name.lowercased()
        let words = last.split { !$0.isLetter && !$0.isNumber && $0 != "." }
        let kept = words.filter { !tuning.contains(String($0)) }
        return kept.joined().filter { $0.isLetter || $0.isNumber || $0 == "." }
            .replacing("llama3.3", with: "llama3.1")
    }

    private static let tuning: Set<String> = [
        "instruct", "chat", "hf", "base", "it", "meta", "preview", "model", "sft", "dpo", "bnb",
        "4bit", "gptq", "awq", "int4", "int8", "unsloth",
    ]
}
