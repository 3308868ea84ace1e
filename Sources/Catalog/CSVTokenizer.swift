import CLibCSV

/// The cells of a CSV file, row after row, as libcsv reads them.
///
/// The only file of this module that touches C. Bytes are fed to libcsv line by line, so that every
/// row knows the line and the byte it began at, however many line breaks its quoted cells contain.
struct CSVTokens {
    /// All cells, row after row.
    var cells: [String] = []
    /// For each row: its first cell, its first line (from 1) and the byte it begins at.
    var rows: [(firstCell: Int, line: Int, offset: Int)] = []
    /// The first thing that libcsv, or a limit, refused.
    var failure: (line: Int, offset: Int, message: String)?

    /// More cells than any catalog has, few enough to hold in memory.
    static let cellLimit = 4_000_000

    /// Reads RFC 4180 text strictly: quotes only around whole cells, doubled inside them.
    init(_ bytes: [UInt8]) {
        var parser = unsafe csv_parser()
        let options = UInt8(CSV_STRICT | CSV_STRICT_FINI)
        guard unsafe csv_init(&parser, options) == 0 else {
            failure = (1, 0, "the CSV reader could not be started")
            return
        }
        defer { unsafe csv_free(&parser) }
        let sink = Sink()
        unsafe bytes.withUnsafeBufferPointer { buffer in
            unsafe feed(buffer, to: &parser, sink)
        }
        cells = sink.cells
        rows = sink.rows
    }

    private mutating func feed(
        _ buffer: UnsafeBufferPointer<UInt8>, to parser: inout csv_parser, _ sink: Sink
    ) {
        let context = unsafe Unmanaged.passUnretained(sink).toOpaque()
        var start = 0
        var line = 1
        while start < buffer.count, failure == nil {
            var end = start
            while end < buffer.count, unsafe buffer[end] != UInt8(ascii: "\n") { end += 1 }
            end = min(end + 1, buffer.count)
            if unsafe parser.pstate == 0 { sink.nextRow = (line, start) }
            let length = end - start
            let piece = unsafe UnsafeRawPointer(buffer.baseAddress?.advanced(by: start))
            let read = unsafe csv_parse(&parser, piece, length, takeCell, takeRow, context)
            if read < length {
                failure = unsafe (line, start + read, Self.reason(csv_error(&parser)))
            } else if let message = sink.refusal {
                failure = (sink.nextRow.line, sink.nextRow.offset, message)
            }
            start = end
            line += 1
        }
        guard failure == nil else { return }
        if unsafe csv_fini(&parser, takeCell, takeRow, context) != 0 {
            let row = sink.nextRow
            failure = (row.line, row.offset, "the quoted cell that begins in this row never ends")
        } else if let message = sink.refusal {
            failure = (sink.nextRow.line, sink.nextRow.offset, message)
        }
    }

    private static func reason(_ code: Int32) -> String {
        switch code {
        case CSV_ENOMEM, CSV_ETOOBIG: "a cell is larger than memory"
        default: "a quote may only open or close a whole cell, and is doubled inside one"
        }
    }

    /// Receives what libcsv calls back with.
    fileprivate final class Sink {
        var cells: [String] = []
        var rows: [(firstCell: Int, line: Int, offset: Int)] = []
        var firstCell = 0
        var nextRow = (line: 1, offset: 0)
        var refusal: String?

        func take(_ cell: UnsafeRawBufferPointer) {
            guard refusal == nil else { return }
            guard cells.count < CSVTokens.cellLimit else {
                refusal = "the file has more than \(CSVTokens.cellLimit) cells"
                return
            }
            guard let text = unsafe String(validating: cell, as: UTF8.self) else {
                refusal = "a cell of this row is not UTF-8 text"
                return
            }
            cells.append(text)
        }

        func endRow() {
            rows.append((firstCell, nextRow.line, nextRow.offset))
            firstCell = cells.count
        }
    }
}

private func takeCell(
    _ cell: UnsafeMutableRawPointer?, _ length: Int, _ context: UnsafeMutableRawPointer?
) {
    guard let context = unsafe context else { return }
    let sink = unsafe Unmanaged<CSVTokens.Sink>.fromOpaque(context).takeUnretainedValue()
    unsafe sink.take(UnsafeRawBufferPointer(start: cell, count: length))
}

private func takeRow(_ terminator: Int32, _ context: UnsafeMutableRawPointer?) {
    guard let context = unsafe context else { return }
    unsafe Unmanaged<CSVTokens.Sink>.fromOpaque(context).takeUnretainedValue().endRow()
}
