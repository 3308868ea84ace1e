import COpenBLAS

/// Keeps OpenBLAS on the calling thread; `Workers` do the sharing.
///
/// The setting is the process's, so every entry into the engine makes it.
package func singleThreadedBLAS() { openblas_set_num_threads(1) }

/// General matrix products, cut into one piece of the result for each worker.
package enum MatrixProduct {
    /// Below this many multiply-adds a second thread does not pay.
    private static let smallestShared = 1 << 18

    /// c [m, n] = alpha · op(a) [m, k] · op(b) [k, n] + beta · c.
    ///
    /// Row-major; `lda`, `ldb`, `ldc` are the distances between rows as stored. op transposes where
    /// asked, so that a is stored [k, m] and b is stored [n, k]. With beta 0, c may hold anything.
    package static func multiply(
        m: Int, n: Int, k: Int, a: UnsafePointer<Float>, lda: Int, transposeA: Bool,
        b: UnsafePointer<Float>, ldb: Int, transposeB: Bool, alpha: Float, beta: Float,
        c: UnsafeMutablePointer<Float>, ldc: Int, workers: Workers
    ) {
        guard m > 0, n > 0 else { return }
        if m * n * k < smallestShared || workers.count == 1 {
            product(
                m: m, n: n, k: k, a: a, lda: lda, transposeA: transposeA, b: b, ldb: ldb,
                transposeB: transposeB, alpha: alpha, beta: beta, c: c, ldc: ldc)
        } else if n >= m {
            workers.split(n, minimum: 32, alignment: 32) { columns, _ in
                product(
                    m: m, n: columns.count, k: k, a: a, lda: lda, transposeA: transposeA,
                    b: b + columns.lowerBound * (transposeB ? ldb : 1), ldb: ldb,
                    transposeB: transposeB, alpha: alpha, beta: beta, c: c + columns.lowerBound,
                    ldc: ldc)
            }
        } else {
            workers.split(m, minimum: 32, alignment: 32) { rows, _ in
                product(
                    m: rows.count, n: n, k: k, a: a + rows.lowerBound * (transposeA ? 1 : lda),
                    lda: lda, transposeA: transposeA, b: b, ldb: ldb, transposeB: transposeB,
                    alpha: alpha, beta: beta, c: c + rows.lowerBound * ldc, ldc: ldc)
            }
        }
    }

    /// The same product on the calling thread, for kernels that are shared out already.
    static func product(
        m: Int, n: Int, k: Int, a: UnsafePointer<Float>, lda: Int, transposeA: Bool,
        b: UnsafePointer<Float>, ldb: Int, transposeB: Bool, alpha: Float, beta: Float,
        c: UnsafeMutablePointer<Float>, ldc: Int
    ) {
        if m == 1, transposeB, !transposeA {
            // One row, as in decoding: a product with a vector reads b once, without packing it.
            cblas_sgemv(
                CblasRowMajor, CblasNoTrans, blasint(n), blasint(k), alpha, b, blasint(ldb), a, 1,
                beta, c, 1)
            return
        }
        cblas_sgemm(
            CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans,
            transposeB ? CblasTrans : CblasNoTrans, blasint(m), blasint(n), blasint(k), alpha, a,
            blasint(lda), b, blasint(ldb), beta, c, blasint(ldc))
    }
}
