import Foundation

/// A `tokenizer.json` as it is written, before anything is checked.
struct TokenizerFile: Decodable {
    struct AddedToken: Decodable {
        let id: Int
        let content: String
        let single_word: Bool?
        let lstrip: Bool?
        let rstrip: Bool?
        let normalized: Bool?
        let special: Bool?
    }

    struct Model: Decodable {
        let type: String?
        let vocab: [String: Int]
        let merges: Merges
        let unk_token: String?
        let fuse_unk: Bool?
        let byte_fallback: Bool?
        let ignore_merges: Bool?
        let dropout: Double?
        let continuing_subword_prefix: String?
        let end_of_word_suffix: String?
    }

    /// All merges: "a b" in older files, ["a", "b"] in newer ones.
    struct Merges: Decodable {
        let pairs: [(left: String, right: String)]

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            func broken(_ index: Int, _ problem: String) -> DecodingError {
                .dataCorruptedError(in: container, debugDescription: "merge \(index) \(problem)")
            }
            var pairs: [(left: String, right: String)] = []
            if let lines = try? container.decode([String].self) {
                pairs.reserveCapacity(lines.count)
                for (index, line) in lines.enumerated() {
                    guard let pair = Self.pair(in: line) else {
                        throw broken(index, "\(quoted(line)) is not two tokens and a space")
                    }
                    pairs.append(pair)
                }
            } else {
                let lists = try container.decode([[String]].self)
                pairs.reserveCapacity(lists.count)
                for (index, list) in lists.enumerated() {
                    guard list.count == 2 else {
                        throw broken(index, "has \(list.count) tokens instead of 2")
                    }
                    pairs.append((list[0], list[1]))
                }
            }
            self.pairs = pairs
        }

        /// Splits "a b" at its only space.
        static func pair(in line: String) -> (left: String, right: String)? {
            let parts = line.utf8.split(separator: 0x20, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
            return (String(Substring(parts[0])), String(Substring(parts[1])))
        }
    }

    /// A normalizer, pre-tokenizer, post-processor or decoder; only the keys of its type are there.
    struct Component: Decodable {
        let type: String
        let pretokenizers: [Component]?
        let normalizers: [Component]?
        let processors: [Component]?
        let decoders: [Component]?
        let pattern: Pattern?
        let behavior: String?
        let invert: Bool?
        let individual_digits: Bool?
        let add_prefix_space: Bool?
        let use_regex: Bool?
        let single: [Piece]?
        let special_tokens: [String: SpecialToken]?
    }

    struct Pattern: Decodable {
        let Regex: String?
        let String: String?
    }

    struct Piece: Decodable {
        let SpecialToken: Reference?
        let Sequence: Reference?
    }

    struct Reference: Decodable {
        let id: String
    }

    struct SpecialToken: Decodable {
        let ids: [Int]
    }

    let added_tokens: [AddedToken]?
    let normalizer: Component?
    let pre_tokenizer: Component?
    let post_processor: Component?
    let decoder: Component?
    let model: Model
}

/// A `tokenizer_config.json`: the roles of special tokens, and the chat template.
struct TokenizerConfiguration: Decodable {
    /// A token as a string or as an object with its content.
    struct Token: Decodable {
        let content: String

        private enum CodingKeys: CodingKey {
            case content
        }

        init(from decoder: any Decoder) throws {
            if let text = try? decoder.singleValueContainer().decode(String.self) {
                content = text
            } else {
                content = try decoder.container(keyedBy: CodingKeys.self)
                    .decode(String.self, forKey: .content)
            }
        }
    }

    /// One template, or several by name of which "default" counts.
    struct ChatTemplates: Decodable {
        let text: String?

        private struct Named: Decodable {
            let name: String
            let template: String
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                self.text = text
            } else {
                text = try container.decode([Named].self).first { $0.name == "default" }?.template
            }
        }
    }

    let bos_token: Token?
    let eos_token: Token?
    let pad_token: Token?
    let chat_template: ChatTemplates?
}
