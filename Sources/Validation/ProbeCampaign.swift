import Quantities
import StepPrograms

/// The micro-benchmarks from which a device model of this machine is fitted.
///
/// The grid covers the shapes of small models in general; it is the same for every model, and no shape
/// of the step that is predicted later is measured on purpose.
enum ProbeCampaign {
    /// All probes.
    static func probes(workers: Int) -> [KernelProbe] {
        products(workers) + heads(workers) + attentions(workers) + elementwise(workers)
            + optimizers(workers) + embeddings(workers) + dequantizations(workers)
    }

    private static func sizes(
        _ workers: Int, longest: Int = 1
    ) -> WorkspaceSizes {
        WorkspaceSizes(workers: workers, longestSegment: longest)
    }

    /// y = x · wᵀ and its two gradients over rows × outputs × inputs.
    private static func products(_ workers: Int) -> [KernelProbe] {
        let widths = [
            (128, 128), (64, 128), (384, 128), (128, 384), (512, 512), (192, 512), (1408, 512),
            (512, 1408), (640, 640), (16, 512), (512, 16), (8, 128), (128, 8), (1600, 16),
        ]
        return [96, 320, 1024].flatMap { rows in
            widths.map { outputs, inputs in
                KernelProbe(
                    emit: { b, copy in
                        let x = b.tensor("x\(copy)", Shape(rows, inputs), .input)
                        let dy = b.tensor("dy\(copy)", Shape(rows, outputs), .input)
                        let w = b.tensor("w\(copy)", Shape(outputs, inputs), .parameter)
                        let y = b.tensor("y\(copy)", Shape(rows, outputs), .output)
                        let dx = b.tensor("dx\(copy)", Shape(rows, inputs), .output)
                        let dw = b.tensor("dw\(copy)", Shape(outputs, inputs), .output)
                        b.emit(.linear(scale: 1), reads: [x, w], writes: [Write(y)])
                        b.emit(.linearInputGradient(scale: 1), reads: [dy, w], writes: [Write(dx)])
                        b.emit(
                            .linearWeightGradient(scale: 1), reads: [dy, x], writes: [Write(dw)])
                    }, workspaces: sizes(workers))
            }
        }
    }

    /// The fused head and loss, with and without gradients of the head.
    private static func heads(_ workers: Int) -> [KernelProbe] {
        [
            (256, 128, 2048), (512, 128, 1024), (192, 512, 12_288), (512, 512, 12_288),
            (128, 512, 40_960),
        ]
        .flatMap { rows, width, vocabulary in
            [false, true].map { trainsHead in
                KernelProbe(
                    emit: { b, copy in
                        emitHead(
                            &b, copy, rows: rows, width: width, vocabulary: vocabulary,
                            trainsHead: trainsHead)
                    }, workspaces: sizes(workers))
            }
        }
    }

    private static func emitHead(
        _ b: inout ProgramBuilder, _ copy: Int, rows: Int, width: Int, vocabulary: Int,
        trainsHead: Bool
    ) {
        let hidden = b.tensor("hidden\(copy)", Shape(rows, width), .input)
        let head = b.tensor("head\(copy)", Shape(vocabulary, width), .parameter)
        let targets = b.tensor("targets\(copy)", Shape(rows), .input, format: .int32)
        let weights = b.tensor("weights\(copy)", Shape(rows), .input)
        let loss = b.tensor("loss\(copy)", Shape(1), .output)
        let chunk = min(rows, max(32, 6_291_456 / vocabulary))
        let logits = b.tensor("logits\(copy)", Shape(chunk, vocabulary), .logits)
        let dHidden = b.tensor("d-hidden\(copy)", Shape(rows, width), .output)
        var writes = [Write(loss), Write(logits), Write(dHidden)]
        if trainsHead {
            writes.append(
                Write(b.tensor("d-head\(copy)", Shape(vocabulary, width), .output)))
        }
        b.emit(
            .crossEntropy(chunk: chunk), reads: [hidden, head, targets, weights], writes: writes)
        let logs = b.tensor("log\(copy)", Shape(rows), .output)
        let sums = b.tensor("lse\(copy)", Shape(rows), .output)
        b.emit(
            .logProbabilities(chunk: chunk), reads: [hidden, head, targets],
            writes: [Write(logs), Write(sums), Write(logits)])
        var gradients = [Write(dHidden), Write(logits)]
        if trainsHead { gradients.append(Write(writes[3].tensor)) }
        b.emit(
            .logProbabilitiesGradient(chunk: chunk),
            reads: [weights, hidden, head, targets, sums], writes: gradients)
    }

    /// Attention over segments of several lengths, in two head shapes.
    private static func attentions(_ workers: Int) -> [KernelProbe] {
        [48, 96, 192, 384, 768].flatMap { length in
            [(heads: 4, group: 2, width: 32), (heads: 8, group: 2, width: 64)].map { shape in
                KernelProbe(
                    emit: { b, copy in
                        let rows = max(length, 384 / length * length)
                        let query = b.tensor(
                            "query\(copy)", Shape(rows, shape.heads * shape.width), .input)
                        let keys = Shape(rows, shape.heads / shape.group * shape.width)
                        let key = b.tensor("key\(copy)", keys, .input)
                        let value = b.tensor("value\(copy)", keys, .input)
                        let starts = b.tensor(
                            "segment-starts\(copy)", Shape(rows), .input, format: .int32)
                        b.emitAttentionProbe(
                            query: query, key: key, value: value, segmentStarts: starts,
                            headWidth: shape.width, copy: copy)
                    }, occupancy: .full(length: length),
                    workspaces: sizes(workers, longest: length))
            }
        }
    }

    /// Ops that memory bounds, from small tensors to large ones.
    private static func elementwise(_ workers: Int) -> [KernelProbe] {
        [(64, 128), (384, 128), (384, 512), (1024, 512), (1024, 1408), (2048, 1408)].map {
            rows, width in
            KernelProbe(
                emit: { b, copy in
                    b.emitElementwiseProbe(rows: rows, width: width, copy: copy)
                }, workspaces: sizes(workers))
        }
    }

    private static func optimizers(_ workers: Int) -> [KernelProbe] {
        [2_048, 65_536, 524_288, 4_194_304, 16_777_216].map { count in
            KernelProbe(
                emit: { b, copy in
                    let gradient = b.tensor("gradient\(copy)", Shape(count), .input)
                    let names = ["parameter", "first", "second"]
                    let state = names.map {
                        b.tensor("\($0)\(copy)", Shape(count), .optimizerState)
                    }
                    let factor = b.tensor("factor\(copy)", Shape(1), .input)
                    let scalars = b.tensor(
                        "scalars\(copy)", Shape(StepScalar.allCases.count), .input)
                    let sum = b.tensor("sum\(copy)", Shape(1), .output)
                    b.emit(.sumOfSquares, reads: [gradient], writes: [Write(sum)])
                    b.emit(
                        .adamW(.init(weightDecay: 0.1)), reads: [gradient, factor, scalars],
                        writes: state.map { Write($0, .accumulate) })
                }, workspaces: sizes(workers))
        }
    }

    private static func embeddings(_ workers: Int) -> [KernelProbe] {
        [(128, 128, 1024), (1024, 128, 1024), (1024, 512, 12_288), (256, 512, 32_768)].map {
            rows, width, vocabulary in
            KernelProbe(
                emit: { b, copy in
                    let ids = b.tensor("ids\(copy)", Shape(rows), .input, format: .int32)
                    let table = b.tensor("table\(copy)", Shape(vocabulary, width), .parameter)
                    let output = b.tensor("output\(copy)", Shape(rows, width), .output)
                    let frequencies = b.tensor("frequencies\(copy)", Shape(32), .input)
                    let angles = Shape(rows, 32)
                    b.emit(
                        .rotaryTable, reads: [ids, frequencies],
                        writes: [
                            Write(b.tensor("cosine\(copy)", angles, .output)),
                            Write(b.tensor("sine\(copy)", angles, .output)),
                        ])
                    b.emit(.embedding, reads: [ids, table], writes: [Write(output)])
                    b.emit(
                        .embeddingGradient, reads: [output, ids],
                        writes: [Write(table, .accumulate)])
                }, workspaces: sizes(workers))
        }
    }

    /// Weights of 4 bits are small and are met once in a pass, with the rest of the model in between:
    /// enough copies that they come from memory, and one buffer for the result, as in a step.
    private static func dequantizations(_ workers: Int) -> [KernelProbe] {
        [(128, 128), (384, 128), (512, 512), (1408, 512)].map { outputs, inputs in
            KernelProbe(
                emit: { b, copy in
                    let weight = b.tensor(
                        "weight\(copy)", Shape(outputs, inputs), .parameter,
                        format: .nf4(doubleQuantized: true))
                    let plain = b.tensor("plain\(copy)", Shape(outputs, inputs), .workspace)
                    b.emit(.dequantize, reads: [weight], writes: [Write(plain)])
                }, workspaces: sizes(workers), mostCopies: 600)
        }
    }
}
