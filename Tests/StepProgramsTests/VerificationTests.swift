import Quantities
import StepPrograms
import Testing

/// Malformed programs are refused with the right sentence.
@Suite struct VerificationTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let tensors: [TensorSpec]
        let op: Op
        let message: String
    }

    static let scope = Scope(.residual)
    static let x = TensorSpec(name: "x", shape: Shape(2, 3), role: .input)
    static let y = TensorSpec(name: "y", shape: Shape(2, 3), role: .activation)

    static let cases: [Case] = [
        Case(
            testDescription: "read before write", tensors: [x, y],
            op: Op(
                .add, reads: [TensorID(0)], writes: [Write(TensorID(1), .accumulate)],
                phase: .forward, scope: scope),
            message: "y:f32[2, 3] += add(x)  # forward, residual reads y before anything has "
                + "written it"),
        Case(
            testDescription: "unknown tensor", tensors: [x],
            op: Op(
                .copy, reads: [TensorID(0)], writes: [Write(TensorID(9))], phase: .forward,
                scope: scope),
            message: "copy refers to a tensor that the program does not have"),
        Case(
            testDescription: "operand count", tensors: [x, y],
            op: Op(
                .swiGLU, reads: [TensorID(0)], writes: [Write(TensorID(1))], phase: .forward,
                scope: scope),
            message: "swiGLU has the wrong number of operands"),
        Case(
            testDescription: "shape",
            tensors: [x, TensorSpec(name: "z", shape: Shape(5), role: .activation)],
            op: Op(
                .copy, reads: [TensorID(0)], writes: [Write(TensorID(1))], phase: .forward,
                scope: scope),
            message: "z:f32[5] = copy(x)  # forward, residual: both sides must be as large"),
        Case(
            testDescription: "duplicate name", tensors: [x, x],
            op: Op(
                .copy, reads: [TensorID(0)], writes: [Write(TensorID(1))], phase: .forward,
                scope: scope),
            message: "two tensors are called x"),
    ]

    @Test(arguments: cases)
    func refused(_ item: Case) {
        let program = StepProgram(
            tensors: item.tensors, sections: [Section(.scoring, ops: [item.op])], origin: "test")
        let error = #expect(throws: ProgramError.self) { try program.verify() }
        #expect(error?.description == item.message)
    }

    @Test func emptyRepetitionIsRefused() {
        let program = StepProgram(
            tensors: [], sections: [Section(.scoring, repetitions: 0, ops: [])], origin: "test")
        #expect(throws: ProgramError.noRepetitions(section: "scoring")) { try program.verify() }
    }

    @Test func baseMustBeLargeEnough() {
        let program = StepProgram(
            tensors: [
                Self.x,
                TensorSpec(name: "view", shape: Shape(7), role: .activation, base: TensorID(0)),
            ], sections: [], origin: "test")
        #expect(throws: ProgramError.badBase(tensor: "view")) { try program.verify() }
    }
}
