import Quantities

/// How PyTorch's CUDA caching allocator is set up, and the sizes that follow from it.
///
/// Source: PyTorch 2.3 to 2.7, `c10/cuda/CUDACachingAllocator.cpp` and `CUDAAllocatorConfig.cpp`; the
/// defaults are those of an empty `PYTORCH_CUDA_ALLOC_CONF`.
package struct AllocatorSettings: Sendable, Hashable {
    /// Whether segments grow page by page within one range of addresses (`expandable_segments`).
    package var expandableSegments = false
    /// Blocks of this size or more are never split (`max_split_size_mb`, at least 20 MiB); nil is no
    /// bound.
    package var maximumSplit: Bytes?
    /// A block that may not be split serves a request that is smaller by less than this
    /// (`max_non_split_rounding_mb`, before PyTorch 2.6 always 20 MiB).
    package var unsplitRounding = Bytes(largeSegment)
    /// Into how many parts each power of two is divided for rounding (`roundup_power2_divisions`), for
    /// sizes from 1 MiB, 2 MiB, … 32 GiB; the first also serves all smaller sizes, the last all larger ones.
    ///
    /// Empty or zero rounds to 512 bytes.
    package var divisions: [Int] = []

    package init(expandableSegments: Bool = false) {
        self.expandableSegments = expandableSegments
    }

    /// Every size is a multiple of this many bytes (`kMinBlockSize`).
    package static let block = 512
    /// The largest request of the small pool (`kSmallSize`).
    package static let largestSmall = 1 << 20
    /// What the small pool takes from the device at once (`kSmallBuffer`).
    package static let smallSegment = 2 << 20
    /// What the large pool takes from the device for requests below `leastWhole` (`kLargeBuffer`).
    package static let largeSegment = 20 << 20
    /// From here on a request has a segment of its own (`kMinLargeAlloc`).
    package static let leastWhole = 10 << 20
    /// Segments of single requests are multiples of this (`kRoundLarge`).
    package static let segmentRounding = 2 << 20
    /// Intervals of `divisions` (`kRoundUpPowerOfTwoIntervals`).
    package static let intervalCount = 16

    /// What a request occupies (`round_size`).
    func blockSize(of request: Int) -> Int {
        guard request >= Self.block else { return Self.block }
        let parts = divisionCount(for: request)
        guard parts > 0, request > Self.block * parts else {
            return (request + Self.block - 1) / Self.block * Self.block
        }
        return Self.nextDivision(of: request, parts: parts)
    }

    /// What is taken from the device for a block that no cached one serves (`get_allocation_size`).
    func segmentSize(for size: Int) -> Int {
        if size <= Self.largestSmall { return Self.smallSegment }
        if size < Self.leastWhole { return Self.largeSegment }
        return (size + Self.segmentRounding - 1) / Self.segmentRounding * Self.segmentRounding
    }

    /// Bytes that are mapped at once in an expandable segment.
    func page(isSmall: Bool) -> Int { isSmall ? Self.smallSegment : Self.largeSegment }

    /// Whether what a block has beyond a request becomes a block of its own (`should_split`).
    func splits(_ remaining: Int, beyond size: Int, isSmall: Bool) -> Bool {
        if isSmall || expandableSegments { return remaining >= Self.block }
        return size < splitBound && remaining > Self.largestSmall
    }

    /// `maximumSplit` as a number.
    var splitBound: Int { maximumSplit?.count ?? .max }

    private func divisionCount(for size: Int) -> Int {
        guard !divisions.isEmpty else { return 0 }
        let interval = Self.exponent(size) - 20
        return divisions[min(max(interval, 0), divisions.count - 1)]
    }

    /// The next bound when the space between two powers of two is divided evenly
    /// (`roundup_power2_next_division`).
    private static func nextDivision(of size: Int, parts: Int) -> Int {
        guard parts > 1, size & (size - 1) != 0 else { return size }
        let floor = 1 << exponent(size)
        let step = floor >> exponent(parts)
        guard step > 0 else { return floor << 1 }
        return (size + step - 1) / step * step
    }

    private static func exponent(_ value: Int) -> Int {
        Int.bitWidth - 1 - value.leadingZeroBitCount
    }
}
