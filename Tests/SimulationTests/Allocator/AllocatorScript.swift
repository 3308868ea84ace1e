import Quantities
import Simulation
import Testing

/// 2²⁰ bytes.
let mebibyte = 1 << 20

/// An allocator whose blocks have names, so that a test reads like a trace.
struct AllocatorScript {
    private(set) var allocator: CachingAllocator
    private var blocks: [String: CachingAllocator.BlockID] = [:]

    init(
        _ settings: AllocatorSettings = AllocatorSettings(), limit: Int? = nil
    ) {
        allocator = CachingAllocator(settings: settings, limit: limit.map { Bytes($0) })
    }

    mutating func allocate(_ name: String, _ bytes: Int, stream: Int = 0) throws {
        blocks[name] = try allocator.allocate(Bytes(bytes), stream: stream)
    }

    mutating func free(_ names: String...) throws {
        for name in names {
            let block = try #require(blocks[name])
            blocks[name] = nil
            allocator.free(block)
        }
    }

    mutating func emptyCache() { allocator.emptyCache() }

    /// Bytes a block occupies.
    func size(_ name: String) throws -> Int {
        allocator.size(of: try #require(blocks[name])).count
    }

    /// Where a block begins.
    func address(_ name: String) throws -> Int {
        allocator.addresses(of: try #require(blocks[name])).lowerBound
    }

    func expect(
        allocated: Int, reserved: Int, segments: Int? = nil, expandable: Int? = nil,
        _ location: SourceLocation = #_sourceLocation
    ) {
        let statistics = allocator.statistics
        #expect(
            statistics.allocated.current == Bytes(allocated), "allocated", sourceLocation: location)
        #expect(
            statistics.reserved.current == Bytes(reserved), "reserved", sourceLocation: location)
        if let segments {
            #expect(statistics.segments == segments, "segments", sourceLocation: location)
        }
        if let expandable {
            #expect(
                statistics.expandableSegments == expandable, "expandable segments",
                sourceLocation: location)
        }
    }
}
