/// Other people's names for the devices of the catalog.
enum DeviceAliases {
    /// A name without case and punctuation, as aliases are compared.
    static func key(_ name: String) -> String {
        name.lowercased().filter { $0.isLetter || $0.isNumber }
    }

    /// The catalog's name for a name that is unambiguous in practice.
    ///
    /// Where a bare name has several forms it means the one that clouds rent by the node: SXM.
    static let names: [String: String] = [
        "a10080gb": "A100-SXM-80GB", "a10040gb": "A100-SXM-40GB",
        "a100sxm": "A100-SXM-80GB", "a100sxm480gb": "A100-SXM-80GB",
        "a100pcie": "A100-PCIE-80GB",
        "h100": "H100-SXM-80GB", "h10080gb": "H100-SXM-80GB", "h100sxm": "H100-SXM-80GB",
        "h100sxm5": "H100-SXM-80GB", "h100pcie": "H100-PCIE-80GB", "h100nvl": "H100-NVL-94GB",
        "h200": "H200-SXM-141GB", "h200141gb": "H200-SXM-141GB", "h200sxm": "H200-SXM-141GB",
        "h200nvl": "H200-NVL-141GB", "gh200": "GH200-96GB",
        "a800": "A800-SXM-80GB", "a80080gb": "A800-SXM-80GB",
        "h800": "H800-SXM-80GB", "h80080gb": "H800-SXM-80GB",
        "gb200sxm": "GB200", "gh200sxm": "GH200-96GB",
        "b200": "B200-SXM", "b200180gb": "B200-SXM", "b300": "B300-SXM",
        "v10016gb": "V100-SXM2-16GB", "v10032gb": "V100-SXM2-32GB",
        "a10g24gb": "A10G", "a1024gb": "A10", "a5000": "RTXA5000", "a6000": "RTXA6000",
        "a600048gb": "RTXA6000", "rtxa600048gb": "RTXA6000", "rtx6000ada48gb": "RTX6000-Ada",
        "rtx3060": "RTX3060-12GB", "rtx309024gb": "RTX3090", "rtx409024gb": "RTX4090",
        "3090": "RTX3090", "4090": "RTX4090", "5090": "RTX5090", "rtx509032gb": "RTX5090",
        "rtxpro6000": "RTX-PRO-6000-Blackwell", "l4048gb": "L40", "l40s48gb": "L40S",
        "l424gb": "L4", "t416gb": "T4", "mi300x192gb": "MI300X", "gaudi296gb": "Gaudi2",
    ]
}
