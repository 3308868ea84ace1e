import Quantities

/// Ops that run `repetitions` times in a row.
package struct Section: Sendable, Hashable {
    /// What a section is.
    package enum Name: String, Sendable, Hashable {
        case microbatch, optimizer, scoring, prefill, decode
    }

    /// Its name.
    package let name: Name
    /// How often it runs in one step.
    package let repetitions: Int
    /// Its ops, in order.
    package let ops: [Op]

    package init(_ name: Name, repetitions: Int = 1, ops: [Op]) {
        self.name = name
        self.repetitions = repetitions
        self.ops = ops
    }
}

/// How full a batch is; costs that depend on the data depend on this and nothing else.
package struct Occupancy: Sendable, Hashable {
    /// Mean number of keys a query row attends to, itself included.
    package var attendedLength: Double
    /// Longest segment.
    package var longestSegment: Int
    /// Share of rows whose next token is a target.
    package var targetFraction: Double

    package init(attendedLength: Double, longestSegment: Int, targetFraction: Double) {
        self.attendedLength = attendedLength
        self.longestSegment = longestSegment
        self.targetFraction = targetFraction
    }

    /// Every row of every sequence filled to `length`.
    package static func full(length: Int, targetFraction: Double = 1) -> Occupancy {
        Occupancy(
            attendedLength: Double(length + 1) / 2, longestSegment: length,
            targetFraction: targetFraction)
    }
}

/// One optimizer step of one rank, as a value.
///
/// Memory, FLOPs, time and the real run are all functions of it.
package struct StepProgram: Sendable, Hashable {
    /// Every tensor; a `TensorID` is an index into this.
    package let tensors: [TensorSpec]
    /// The sections, in the order they run.
    package let sections: [Section]
    /// What the program was built from, in words.
    package let origin: String

    package init(tensors: [TensorSpec], sections: [Section], origin: String) {
        self.tensors = tensors
        self.sections = sections
        self.origin = origin
    }

    package subscript(_ id: TensorID) -> TensorSpec { tensors[id.index] }

    /// The ops of all sections once, in order: what liveness and memory plans are made over.
    package var ops: [Op] { sections.flatMap(\.ops) }

    /// The number of `ops`.
    package var opCount: Int { sections.reduce(0) { $0 + $1.ops.count } }

    /// One of `ops`, without making their list.
    package func op(at index: Int) -> Op {
        var index = index
        for section in sections {
            if index < section.ops.count { return section.ops[index] }
            index -= section.ops.count
        }
        invariant(false, "the program has no op \(index) behind its last")
        return sections[0].ops[0]
    }

    /// For each tensor the one that owns its storage, as indices.
    package var owners: [Int] {
        var owners: [Int] = []
        owners.reserveCapacity(tensors.count)
        // A base comes before those that share its storage.
        let tensors = tensors.span
        for index in tensors.indices {
            owners.append(tensors[index].base.map { owners[$0.index] } ?? index)
        }
        return owners
    }

    /// The tensor that owns the storage of `id`.
    package func storage(of id: TensorID) -> TensorID {
        var owner = id
        while let base = tensors[owner.index].base { owner = base }
        return owner
    }
}
