import CGSL

/// The GNU Scientific Library, told to return errors instead of aborting.
enum GSL {
    /// Switches the library's aborting handler off; the first use of anything here does it.
    static let isQuiet: Bool = {
        unsafe gsl_set_error_handler_off()
        return true
    }()

    /// Throws when a call did not succeed.
    static func check(_ status: Int32, _ doing: String) throws(StatisticsError) {
        if status != Int32(GSL_SUCCESS) {
            throw .failed(doing: doing, reason: reason(status))
        }
    }

    /// The library's words for a status.
    static func reason(_ status: Int32) -> String {
        guard let text = unsafe gsl_strerror(status) else { return "status \(status)" }
        return unsafe String(cString: text)
    }

    /// A pointer that the library allocated, or an error when memory ran out.
    static func allocated<Value>(
        _ pointer: UnsafeMutablePointer<Value>?, _ doing: String
    ) throws(StatisticsError) -> UnsafeMutablePointer<Value> {
        guard let pointer = unsafe pointer else {
            throw .failed(doing: doing, reason: "memory ran out")
        }
        return unsafe pointer
    }
}

/// A vector that the library owns, freed with this value.
@safe
struct GSLVector: ~Copyable {
    let pointer: UnsafeMutablePointer<gsl_vector>

    init(_ values: [Double]) throws(StatisticsError) {
        _ = GSL.isQuiet
        unsafe pointer = try GSL.allocated(gsl_vector_alloc(values.count), "Allocating a vector")
        for (index, value) in values.enumerated() { unsafe gsl_vector_set(pointer, index, value) }
    }

    deinit { unsafe gsl_vector_free(pointer) }

    var values: [Double] { unsafe GSLVector.values(of: pointer) }

    static func values(of vector: UnsafePointer<gsl_vector>) -> [Double] {
        let count = unsafe vector.pointee.size
        return (0 ..< count).map { index in unsafe gsl_vector_get(vector, index) }
    }
}

/// A matrix that the library owns, freed with this value.
@safe
struct GSLMatrix: ~Copyable {
    let pointer: UnsafeMutablePointer<gsl_matrix>

    /// A matrix of zeros.
    init(rowCount: Int, columnCount: Int) throws(StatisticsError) {
        _ = GSL.isQuiet
        unsafe pointer = try GSL.allocated(
            gsl_matrix_calloc(rowCount, columnCount), "Allocating a matrix")
    }

    /// A matrix of rows, which all have the same length.
    init(_ rows: [[Double]]) throws(StatisticsError) {
        try self.init(rowCount: rows.count, columnCount: rows.first?.count ?? 0)
        for (i, row) in rows.enumerated() {
            for (j, value) in row.enumerated() { unsafe gsl_matrix_set(pointer, i, j, value) }
        }
    }

    deinit { unsafe gsl_matrix_free(pointer) }

    var rows: [[Double]] {
        let (rowCount, columnCount) = unsafe (pointer.pointee.size1, pointer.pointee.size2)
        return (0 ..< rowCount).map { i in
            (0 ..< columnCount).map { j in unsafe gsl_matrix_get(pointer, i, j) }
        }
    }
}
