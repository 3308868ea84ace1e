/// The candidate nearest to a misspelt name, or nil when none is near enough to suggest.
///
/// Distance is Levenshtein's on lower-cased text; at most a third of the name may differ.
package func nearest<Candidates: Sequence<String>>(
    to name: String, among candidates: Candidates
) -> String? {
    let wanted = Array(name.lowercased())
    var best: (name: String, distance: Int)?
    for candidate in candidates {
        let distance = editDistance(wanted, Array(candidate.lowercased()))
        if best.map({ distance < $0.distance }) ?? true { best = (candidate, distance) }
    }
    guard let best, best.distance <= max(2, wanted.count / 3) else { return nil }
    return best.name
}

private func editDistance(_ a: [Character], _ b: [Character]) -> Int {
    var previous = Array(0 ... b.count)
    for (i, left) in a.enumerated() {
        var current = [i + 1]
        for (j, right) in b.enumerated() {
            current.append(
                min(previous[j] + (left == right ? 0 : 1), previous[j + 1] + 1, current[j] + 1))
        }
        previous = current
    }
    return previous[b.count]
}
