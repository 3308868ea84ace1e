import Reporting

/// One chart of each kind with awkward data: long names, markup in names, values that are not finite.
enum ChartExamples {
    static let parts = [
        "weights", "adapters", "gradients", "optimizer state", "activations", "logits & loss",
        "temporaries", "runtime context",
    ]

    static let stackedBars = StackedBarChart(
        ChartHeading(
            "Peak memory by role", subtitle: "Llama 3.1 8B, batch 4 × 2048 tokens, one device"),
        axisTitle: "Memory (GiB)", parts: parts,
        bars: [
            .init("full, bf16", [14.96, 0, 14.96, 59.8, 6.2, 3.9, 1.1, 0.9], measured: 104.1),
            .init("LoRA r=16", [14.96, 0.08, 0.08, 0.31, 6.5, 3.9, 1.1, 0.9], measured: 27.1),
            .init("QLoRA r=16 NF4 double quantised", [4.4, 0.08, 0.08, 0.31, 6.9, 3.9, 1.3, 0.9]),
            .init("a <very> long configuration name that no chart can show in full", [1, .nan]),
        ],
        reference: ReferenceLine("H100 80 GB", 79.6))

    static let groupedBars = GroupedBarChart(
        ChartHeading("Step time, predicted against measured"), axisTitle: "Step time (ms)",
        series: ["predicted", "measured"],
        groups: [
            .init("forward", [112.4, 118.9]), .init("backward", [251.3, 240.2]),
            .init("optimizer", [12.5, nil]), .init("communication", [0, 0.4]),
        ])

    static let lines = LineChart(
        ChartHeading("Training loss", subtitle: "three seeds"), horizontal: Axis("Step"),
        vertical: Axis("Loss (nats a token)"),
        series: (0 ..< 3).map { LineChart.Series("seed \($0)", values: losses(seed: $0)) })

    static let logLines = LineChart(
        ChartHeading("Gradient norm"), horizontal: Axis("Tokens", scale: .log),
        vertical: Axis("Norm", scale: .log),
        series: [
            .init("adapter", (1 ... 60).map { [Double($0 * $0) * 1000, 3 / Double($0)] }),
            .init("one point", [[50_000, 0.4]]),
        ])

    static let scatter = ScatterChart(
        ChartHeading("Predicted against measured peak memory", subtitle: "published GPU runs"),
        quantity: "peak memory (GiB)",
        series: [
            .init(
                "full",
                [
                    .init("a", measured: 60, predicted: 63),
                    .init("b", measured: 142, predicted: 139),
                ]),
            .init(
                "LoRA",
                [
                    .init("c", measured: 17.5, predicted: 16),
                    .init("d", measured: 24, predicted: 31),
                ]),
            .init(
                "QLoRA",
                [.init("e", measured: 6.1, predicted: 6.0), .init("f", measured: 0, predicted: 3)]),
            .init("DPO", [.init("g", measured: 33, predicted: 35)]),
        ])

    static let area = StackedAreaChart(
        ChartHeading("Memory over one step"), horizontalTitle: "Time (ms)",
        verticalTitle: "Memory (MiB)", times: (0 ..< 200).map { Double($0) * 1.5 },
        layers: [
            .init("weights", (0 ..< 200).map { _ in 512 }),
            .init("activations", (0 ..< 200).map { Double(min($0, 199 - $0)) * 9 }),
            .init("gradients", (0 ..< 200).map { $0 < 100 ? 0 : Double($0 - 100) * 5 }),
        ],
        reference: ReferenceLine("device", 1800))

    static let tornado = TornadoChart(
        ChartHeading("What moves the cost"), axisTitle: "Cost (USD)", base: 412,
        bars: [
            .init("Achieved share of peak FLOP/s", low: 590, high: 340),
            .init("Price of an hour", low: 310, high: 520),
            .init("Epochs", low: 205, high: 618),
            .init("Failures and restarts", low: 418, high: 455),
            .init("Nothing", low: 412, high: 412),
        ])

    static let all: [(name: String, svg: String)] = [
        ("stacked-bars", stackedBars.svg()), ("grouped-bars", groupedBars.svg()),
        ("lines", lines.svg()), ("log-lines", logLines.svg()), ("scatter", scatter.svg()),
        ("area", area.svg()), ("tornado", tornado.svg()),
        (
            "no-data",
            LineChart(
                ChartHeading("Empty"), horizontal: Axis("x"), vertical: Axis("y"),
                series: [.init("a", values: [.nan])]
            )
            .svg()
        ),
    ]

    /// A noisy loss curve; one seed has a hole.
    private static func losses(seed: Int) -> [Double] {
        (0 ..< 400).map { step -> Double in
            if seed == 1 && (100 ..< 120).contains(step) { return .nan }
            let trend = 1.2 + 2.5 / (1 + Double(step) * 0.02)
            let noise = 0.08 * Double((step * 7 + seed * 13) % 11) / 11
            return trend + noise + 0.1 * Double(seed)
        }
    }
}
