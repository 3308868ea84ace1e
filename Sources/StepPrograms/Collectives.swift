/// Exchanges between ranks and what their derivatives are.
extension ProgramBuilder {
    /// Whole tensors from the shards of every rank of a group; the derivative of a trained shard is
    /// the sum of the whole gradients, scattered.
    package mutating func allGather(
        _ shards: [TensorID], into whole: [TensorID], group: OpKind.Group
    ) {
        emit(.collective(.allGather(group)), reads: shards, writes: whole.map { Write($0) })
    }

    /// A tensor and its sum over a group in the same storage.
    package mutating func allReduce(_ x: TensorID, group: OpKind.Group) {
        emit(.collective(.allReduce(group)), reads: [x], writes: [Write(x, .accumulate)])
    }

    /// Scatters the whole gradients that were summed over microbatches.
    package mutating func scatterAccumulated() {
        for (whole, shards, group) in waiting {
            emit(
                .collective(.reduceScatter(group)), reads: whole,
                writes: shards.map { weightGradientWrite($0) })
        }
        waiting = []
    }

    /// Emits the derivative of an exchange.
    mutating func differentiateCollective(_ op: Op, _ collective: OpKind.Collective) {
        switch collective {
        case .allGather(let group):
            let whole = op.writes.compactMap { gradient(of: $0.tensor) }
            guard !whole.isEmpty else { return }
            let shards = op.reads.filter { isDifferentiable($0) }
            if accumulatesWholeGradients, repetitions > 1, !shards.isEmpty,
                shards.allSatisfy({ isTrained($0) })
            {
                let sums = whole.map { part in
                    let sum = tensor(
                        "accumulated", spec(part).shape, .gradient,
                        format: accumulationFormat ?? spec(part).format)
                    emit(.add, reads: [part], writes: [Write(sum, .accumulateAfterFirstRepetition)])
                    return sum
                }
                waiting.append((sums, shards, group))
                return
            }
            let writes = shards.map {
                isTrained($0) ? weightGradientWrite($0) : contribution(to: $0)
            }
            guard !writes.isEmpty else { return }
            emit(.collective(.reduceScatter(group)), reads: whole, writes: writes)
        case .reduceScatter(let group):
            guard let gradient = gradient(of: op.writes[0].tensor),
                isDifferentiable(op.reads[0])
            else { return }
            emit(
                .collective(.allGather(group)), reads: [gradient],
                writes: [contribution(to: op.reads[0])])
        case .allToAll, .send:
            guard let gradient = gradient(of: op.writes[0].tensor),
                isDifferentiable(op.reads[0])
            else { return }
            emit(
                .collective(collective), reads: [gradient],
                writes: [contribution(to: op.reads[0])])
        case .allReduce:
            // The gradient of a sum over ranks is the same on each of them.
            return
        }
    }
}
