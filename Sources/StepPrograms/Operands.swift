/// What an op can read or write, as one number.
package protocol Operand: Sendable, Hashable {
    /// The operand of a number.
    init(code: Int32)
    /// Its number.
    var code: Int32 { get }
}

/// The operands of an op, in order.
///
/// As many as most ops have lie in the list itself: a program of thousands of ops is built, copied and
/// freed without memory of its own for each of them.
package struct Operands<Element: Operand>: RandomAccessCollection, Sendable {
    private var length: Int32 = 0
    private var few = InlineArray<6, Int32>(repeating: 0)
    /// All of them, when they are more than a few.
    private var many: [Int32]?

    /// No operands.
    init() {}

    /// The operands of a list.
    @inline(__always)
    package init(_ elements: [Element]) {
        length = Int32(elements.count)
        if elements.count > few.count {
            many = elements.map(\.code)
        } else {
            for index in 0 ..< elements.count { few[index] = elements[index].code }
        }
    }

    package var startIndex: Int { 0 }
    package var endIndex: Int { Int(length) }

    package subscript(position: Int) -> Element {
        get {
            if let many { return Element(code: many[position]) }
            precondition(position >= 0 && position < length)
            return Element(code: few[position])
        }
        set {
            if many != nil {
                many?[position] = newValue.code
            } else {
                precondition(position >= 0 && position < length)
                few[position] = newValue.code
            }
        }
    }

    /// Adds an operand behind the others.
    mutating func append(_ element: Element) {
        let count = Int(length)
        if many != nil {
            many?.append(element.code)
        } else if count < few.count {
            few[count] = element.code
        } else {
            var codes: [Int32] = []
            codes.reserveCapacity(2 * count)
            for index in 0 ..< count { codes.append(few[index]) }
            codes.append(element.code)
            many = codes
        }
        length += 1
    }
}

extension Operands: Hashable {
    package static func == (a: Operands, b: Operands) -> Bool {
        a.length == b.length && a.elementsEqual(b)
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(length)
        for element in self { hasher.combine(element.code) }
    }
}

extension Operands: ExpressibleByArrayLiteral {
    @inline(__always)
    package init(arrayLiteral elements: Element...) { self.init(elements) }
}

extension TensorID: Operand {
    package init(code: Int32) { self.init(Int(code)) }
    package var code: Int32 { Int32(index) }
}

extension Write: Operand {
    package init(code: Int32) {
        let mode: WriteMode =
            switch code & 3 {
            case 0: .overwrite
            case 1: .accumulate
            default: .accumulateAfterFirstRepetition
            }
        self.init(TensorID(Int(code >> 2)), mode)
    }

    package var code: Int32 {
        let mode: Int32 =
            switch mode {
            case .overwrite: 0
            case .accumulate: 1
            case .accumulateAfterFirstRepetition: 2
            }
        return tensor.code << 2 | mode
    }
}
