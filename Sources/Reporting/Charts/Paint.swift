/// What an element of a chart is coloured with.
enum Paint: Hashable {
    case background, ink, muted, grid
    case series(Int)

    /// Eight colours that people with any common colour vision tell apart.
    ///
    /// Source: M. Okabe and K. Ito, Color Universal Design (2008); black is replaced by grey, which
    /// shows on both backgrounds.
    private static let palette = [
        "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#8c8c8c",
    ]

    var fillAttributes: String { "\(classAttribute("f"))fill=\"\(light)\"\(fade("fill"))" }
    var strokeAttributes: String { "\(classAttribute("s"))stroke=\"\(light)\"\(fade("stroke"))" }

    /// Dash patterns tell lines apart once every colour has been used.
    static func dash(ofSeries index: Int) -> String? {
        ["", "6 3", "2 3", "8 3 2 3"][index / palette.count % 4].nonEmpty
    }

    static let darkStyle =
        "@media (prefers-color-scheme: dark) {"
        + " .f-background { fill: #14181d } .f-ink { fill: #e8eaed } .s-ink { stroke: #e8eaed }"
        + " .f-muted { fill: #aab2bc } .s-muted { stroke: #aab2bc } .f-grid { fill: #2e353d }"
        + " .s-grid { stroke: #2e353d } .s-background { stroke: #14181d }"
        + " .mark { fill: #ffffff; stroke: #14181d } }"

    private var light: String {
        switch self {
        case .background: "#ffffff"
        case .ink: "#1b1f24"
        case .muted: "#59636e"
        case .grid: "#dfe3e8"
        case .series(let index): Self.palette[index % Self.palette.count]
        }
    }

    private func classAttribute(_ kind: String) -> String {
        switch self {
        case .background: "class=\"\(kind)-background\" "
        case .ink: "class=\"\(kind)-ink\" "
        case .muted: "class=\"\(kind)-muted\" "
        case .grid: "class=\"\(kind)-grid\" "
        case .series: ""
        }
    }

    /// A second round of the palette is paler.
    private func fade(_ kind: String) -> String {
        guard case .series(let index) = self, index >= Self.palette.count else { return "" }
        return kind == "fill" ? " opacity=\"0.55\"" : ""
    }
}

extension String {
    fileprivate var nonEmpty: String? { isEmpty ? nil : self }
}
