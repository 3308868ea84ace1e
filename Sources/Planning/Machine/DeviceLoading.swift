import Quantities

/// The memory of a device while weights arrive.
package enum DeviceLoading {
    private static let warmUpSource =
        "transformers 4.57 modeling_utils.py caching_allocator_warmup"
    /// What is left free by the warm-up, at least (1.2 GiB).
    package static let warmUpMargin = Bytes.gibibytes(1.2)

    /// What transformers reserves in one piece before it loads with a device map: the size of the weights
    /// as declared, halved for quantisers that say nothing else (`get_accelerator_warm_up_factor`).
    ///
    /// - Parameters:
    ///   - declared: the device's weights before quantisation.
    ///   - isQuantized: whether a quantiser is used.
    ///   - free: free memory of the device.
    /// - Returns: the size of the piece.
    package static func warmUp(declared: Bytes, isQuantized: Bool, free: Bytes) -> Bytes {
        let most = max(.zero, free - warmUpMargin)
        // Elements of two bytes: the count of bytes over 2, or over 4.
        return Bytes(min(declared, most).count / (isQuantized ? 4 : 2) * 2)
    }

    /// The peak while weights are loaded as they are: those that have arrived, and one in its stored
    /// format that is converted on the device.
    package static func plain(_ model: ModelFootprint, path: LoadingPath) -> [ResourceItem] {
        var items = [
            ResourceItem("weights", model.loaded, source: "the model's parameters")
        ]
        if model.isConverted, path == .deviceMap {
            items.append(
                ResourceItem(
                    "one weight in its stored format", model.largestTensor,
                    source: "transformers 4.57 modeling_utils.py "
                        + "_load_state_dict_into_meta_model: param.to(casting_dtype)"))
        }
        return items
    }

    /// The peak while bitsandbytes quantises on arrival: the quantised model, and one weight in 16 bits
    /// with the float32 scales of its blocks.
    ///
    /// - Parameters:
    ///   - quantized: the whole model as it stays on the device.
    ///   - largestCount: elements of the largest weight that is quantised.
    /// - Returns: what the device holds at the peak.
    package static func quantizing(quantized: Bytes, largestCount: Int) -> [ResourceItem] {
        let block = 64
        return [
            ResourceItem("quantised model", quantized, source: "the model's parameters"),
            ResourceItem(
                "one weight in 16 bits", Bytes(largestCount * 2),
                source: "bitsandbytes nn/modules.py Params4bit._quantize"),
            ResourceItem(
                "float32 scales of its blocks", Bytes((largestCount + block - 1) / block * 4),
                source: "bitsandbytes functional.py quantize_4bit: absmax before it is "
                    + "quantised itself"),
        ]
    }
}
