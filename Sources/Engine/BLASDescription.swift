import COpenBLAS

/// The version and configuration of the linear-algebra library, as it reports them.
package func blasDescription() -> String { String(cString: openblas_get_config()) }
