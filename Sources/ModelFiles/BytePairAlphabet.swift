/// The printable stand-ins byte-level BPE uses for the 256 bytes.
///
/// Printable Latin-1 stands for itself; the other 68 bytes, in order, are U+0100 and up
/// (GPT-2, Radford et al. 2019, released encoder).
enum BytePairAlphabet {
    /// The scalar that stands for each byte.
    static let scalars: [Unicode.Scalar] = {
        var next: UInt32 = 0x100
        return (0 ..< 256).map { byte in
            if isPrintable(UInt32(byte)) { return Unicode.Scalar(UInt8(byte)) }
            defer { next += 1 }
            return Unicode.Scalar(next) ?? "\u{FFFD}"
        }
    }()

    /// The byte of each scalar below U+0144, -1 for scalars that stand for none.
    private static let bytes: [Int16] = {
        var bytes = [Int16](repeating: -1, count: 0x144)
        for (byte, scalar) in scalars.enumerated() { bytes[Int(scalar.value)] = Int16(byte) }
        return bytes
    }()

    private static func isPrintable(_ value: UInt32) -> Bool {
        (0x21 ... 0x7E).contains(value) || (0xA1 ... 0xAC).contains(value)
            || (0xAE ... 0xFF).contains(value)
    }

    /// The bytes a token's text stands for, or nil when a scalar is not of the alphabet.
    static func bytes(of token: String) -> [UInt8]? {
        var result: [UInt8] = []
        result.reserveCapacity(token.utf8.count)
        for scalar in token.unicodeScalars {
            guard scalar.value < bytes.count, bytes[Int(scalar.value)] >= 0 else { return nil }
            result.append(UInt8(bytes[Int(scalar.value)]))
        }
        return result
    }

    /// The text that stands for bytes.
    static func text(of bytes: some Sequence<UInt8>) -> String {
        var text = String.UnicodeScalarView()
        for byte in bytes { text.append(scalars[Int(byte)]) }
        return String(text)
    }
}
