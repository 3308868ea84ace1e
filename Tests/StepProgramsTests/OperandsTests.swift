import StepPrograms
import Testing

/// Operands behave as the array they were made from, however many they are.
@Suite struct OperandsTests {
    @Test(arguments: [0, 1, 5, 6, 7, 40])
    func equalTheArrayTheyComeFrom(_ count: Int) {
        let tensors = (0 ..< count).map { TensorID($0 * 3) }
        let operands = Operands(tensors)
        #expect(Array(operands) == tensors)
        #expect(operands.count == count)
        #expect(operands.isEmpty == tensors.isEmpty)
        #expect(operands == Operands(tensors))
        #expect(operands.hashValue == Operands(tensors).hashValue)
        #expect(operands.last == tensors.last)
        #expect(operands.dropFirst().map(\.index) == tensors.dropFirst().map(\.index))
    }

    @Test(arguments: [2, 9])
    func oneChangedOperandMakesAnotherList(_ count: Int) {
        let tensors = (0 ..< count).map(TensorID.init)
        let operands = Operands(tensors)
        for index in operands.indices {
            var changed = operands
            changed[index] = TensorID(100)
            #expect(changed != operands)
            #expect(changed[index] == TensorID(100))
            #expect(operands[index] == tensors[index])
        }
        #expect(Operands(tensors.dropLast()) != operands)
    }

    @Test func writesKeepTheirMode() {
        let modes = [WriteMode.overwrite, .accumulate, .accumulateAfterFirstRepetition]
        let writes = modes.enumerated().map { Write(TensorID($0.offset + 70_000), $0.element) }
        #expect(Array(Operands(writes)) == writes)
    }
}

/// What is read off a program without making lists.
@Suite struct ProgramAccessTests {
    private static let program: StepProgram = {
        let tensors = Role.allCases.enumerated().map { index, role in
            TensorSpec(name: role.rawValue, shape: Shape(index + 1), role: role)
        }
        let view = TensorSpec(
            name: "view", shape: Shape(1), role: .activation, base: TensorID(1))
        let viewOfView = TensorSpec(
            name: "view of view", shape: Shape(1), role: .activation,
            base: TensorID(tensors.count))
        func copy(_ from: Int, _ to: Int) -> Op {
            Op(
                .copy, reads: [TensorID(from)], writes: [Write(TensorID(to))], phase: .forward,
                scope: Scope(.residual))
        }
        let all = Op(
            .release, reads: Operands(tensors.indices.map(TensorID.init)), writes: [],
            phase: .forward, scope: Scope(.residual))
        return StepProgram(
            tensors: tensors + [view, viewOfView],
            sections: [
                Section(.microbatch, ops: [copy(0, 1), all]), Section(.decode, ops: []),
                Section(.optimizer, ops: [copy(2, 3)]),
            ], origin: "test")
    }()

    @Test func opsAreFoundInTheirSections() {
        let program = Self.program
        #expect(program.opCount == 3)
        #expect((0 ..< 3).map { program.op(at: $0) } == program.ops)
    }

    @Test func ownersEndChainsOfBases() {
        let program = Self.program
        let last = program.tensors.count - 1
        #expect(program.owners == program.tensors.indices.map { $0 >= last - 1 ? 1 : $0 })
        #expect(
            program.owners
                == program.tensors.indices.map { program.storage(of: TensorID($0)).index })
    }

    /// Each role's bytes are counted under that role.
    @Test func breakdownKeepsRolesApart() {
        let roles = Liveness(Self.program).breakdown(Self.program, at: 1)
        for (index, role) in Role.allCases.enumerated() {
            #expect(roles[role]?.rawValue == Int64(4 * (index + 1)), "\(role)")
        }
    }

    @Test(arguments: [Shape(7), Shape(3, 5), Shape(2, 3, 5)])
    func shapesCountFromTheOutermost(_ shape: Shape) {
        let extents = (0 ..< shape.rank).map { shape[$0] }
        #expect(shape.count == extents.reduce(1, *))
        #expect(shape.width == extents.last)
        #expect(shape.outputs == extents[max(extents.count - 2, 0)])
        #expect(shape.rows == shape.count / shape.width)
        #expect(shape[shape.rank] == 1)
        #expect(shape.description == "[\(extents.map(String.init).joined(separator: ", "))]")
    }
}
