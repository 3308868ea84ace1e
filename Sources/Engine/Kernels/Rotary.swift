import Glibc

/// Rotary position embedding on half-split pairs (i, i + headWidth / 2), as Llama checkpoints of
/// Hugging Face store them.
///
/// Su et al. 2021.
package enum Rotary {
    /// cosine, sine [rows, pairs] of position · frequency; the position of a row is its distance from
    /// its segment's start.
    ///
    /// Angles are float32 products and their cosines are taken in float32, as transformers does.
    package static func table(
        rows: Int, pairs: Int, segmentStarts: UnsafePointer<Int32>,
        frequencies: UnsafePointer<Float>, cosine: UnsafeMutablePointer<Float>,
        sine: UnsafeMutablePointer<Float>, workers: Workers
    ) {
        workers.split(rows, minimum: 64, alignment: 1) { range, _ in
            for row in range {
                let position = Float(row - Int(segmentStarts[row]))
                for pair in 0 ..< pairs {
                    let angle = position * frequencies[pair]
                    cosine[row * pairs + pair] = cosf(angle)
                    sine[row * pairs + pair] = sinf(angle)
                }
            }
        }
    }

    /// Turns vectors [rows, heads · headWidth] in place by the angles of their row, or back.
    ///
    /// cosine, sine: [rows, headWidth / 2]. The gradient of a rotation is the rotation back.
    package static func apply(
        rows: Int, heads: Int, headWidth: Int, vectors: UnsafeMutablePointer<Float>,
        cosine: UnsafePointer<Float>, sine: UnsafePointer<Float>, inverse: Bool, workers: Workers
    ) {
        let pairs = headWidth / 2
        let sign: Float = inverse ? -1 : 1
        workers.split(
            rows, minimum: 1 + 65536 / max(1, heads * headWidth), alignment: 1
        ) { range, _ in
            for row in range {
                let (c, s) = (cosine + row * pairs, sine + row * pairs)
                for head in 0 ..< heads {
                    let first = vectors + (row * heads + head) * headWidth
                    let second = first + pairs
                    for i in 0 ..< pairs {
                        let (a, b, turn) = (first[i], second[i], sign * s[i])
                        first[i] = a * c[i] - b * turn
                        second[i] = b * c[i] + a * turn
                    }
                }
            }
        }
    }
}
