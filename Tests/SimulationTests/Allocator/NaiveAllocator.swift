/// The rules of the plain allocator without any care for speed: segments as lists of pieces, searched
/// from end to end.
struct NaiveAllocator {
    private struct Piece {
        var address: Int
        var size: Int
        var isFree: Bool
    }

    private struct Segment {
        let stream: Int
        let isSmall: Bool
        var pieces: [Piece]
        var isWhole: Bool { pieces.count == 1 && pieces[0].isFree }
    }

    private var segments: [Segment] = []
    private var nextAddress = 1 << 30
    private let limit: Int
    private(set) var retries = 0

    init(limit: Int) { self.limit = limit }

    var reserved: Int { segments.reduce(0) { $0 + $1.pieces.reduce(0) { $0 + $1.size } } }
    var segmentCount: Int { segments.count }

    /// The address, or nil without memory.
    mutating func allocate(_ bytes: Int, stream: Int) -> Int? {
        let size = max((bytes + 511) / 512 * 512, 512)
        let isSmall = size <= 1 << 20
        let whole =
            isSmall
            ? 2 << 20 : size < 10 << 20 ? 20 << 20 : ((size + (2 << 20) - 1) >> 21) << 21
        if let address = take(size, stream, isSmall) { return address }
        if reserved + whole > limit {
            retries += 1
            segments.removeAll { $0.isWhole }
        }
        guard reserved + whole <= limit else { return nil }
        segments.append(
            Segment(
                stream: stream, isSmall: isSmall,
                pieces: [Piece(address: nextAddress, size: whole, isFree: true)]))
        nextAddress += whole
        return take(size, stream, isSmall)
    }

    mutating func free(_ address: Int) {
        for segment in segments.indices {
            guard
                let place = segments[segment].pieces.firstIndex(where: { $0.address == address })
            else { continue }
            segments[segment].pieces[place].isFree = true
            var joined: [Piece] = []
            for piece in segments[segment].pieces {
                if piece.isFree, let last = joined.last, last.isFree {
                    joined[joined.count - 1].size += piece.size
                } else {
                    joined.append(piece)
                }
            }
            segments[segment].pieces = joined
        }
    }

    private mutating func take(_ size: Int, _ stream: Int, _ isSmall: Bool) -> Int? {
        var best: (segment: Int, piece: Int)?
        var key = (Int.max, Int.max)
        for (index, segment) in segments.enumerated()
        where segment.stream == stream && segment.isSmall == isSmall {
            for (place, piece) in segment.pieces.enumerated()
            where piece.isFree && piece.size >= size && (piece.size, piece.address) < key {
                best = (index, place)
                key = (piece.size, piece.address)
            }
        }
        guard let best else { return nil }
        let piece = segments[best.segment].pieces[best.piece]
        let rest = piece.size - size
        let splits = isSmall ? rest >= 512 : rest > 1 << 20
        segments[best.segment].pieces[best.piece].isFree = false
        if splits {
            segments[best.segment].pieces[best.piece].size = size
            segments[best.segment].pieces.insert(
                Piece(address: piece.address + size, size: rest, isFree: true),
                at: best.piece + 1)
        }
        return piece.address
    }
}
