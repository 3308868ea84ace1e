import Architectures
import StepPrograms

/// One layer of a `FrameworkDecoder`: what mixes tokens and what follows it.
struct FrameworkLayer {
    let decoder: FrameworkDecoder
    let layer: Int
    let model: ModelTensors

    var architecture: Architecture { decoder.architecture }
    var profile: FrameworkProfile { decoder.profile }

    // MARK: Linear layers

    /// A linear layer with its bias and its adapter.
    func linear(_ b: inout ProgramBuilder, _ linear: LinearLayer, _ x: TensorID) -> TensorID {
        b.scope = Scope(Scope.Module(linear), layer: layer)
        return adapted(
            &b, linear, x, weight: model[.weight(linear, layer: layer)],
            bias: model.parameters[.bias(linear, layer: layer)])
    }

    /// A product and the low-rank product beside it (`peft/tuners/lora/layer.py`, `Linear.forward`).
    func adapted(
        _ b: inout ProgramBuilder, _ linear: LinearLayer, _ x: TensorID, weight: TensorID,
        bias: TensorID?
    ) -> TensorID {
        let output = decoder.product(&b, x, weight, bias: bias, linear.rawValue)
        guard let adapter = decoder.adapter, adapter.targets.contains(linear),
            let down = model.adapters[AdapterParameterID(linear, layer: layer, matrix: .a)],
            let up = model.adapters[AdapterParameterID(linear, layer: layer, matrix: .b)]
        else { return output }
        var input = x
        let drops = decoder.configuration.dropsAdapterInput
        if profile.fusesAdapters {
            if drops { input = b.elementwise(.dropout, [x, x], name: "dropped") }
        } else {
            if profile.castsAdapterInput, b.spec(x).format != profile.adapter {
                input = b.elementwise(
                    .cast, [x], format: profile.adapter, name: "adapter.raised")
            }
            if drops {
                let mask = b.tensor("mask", b.spec(input).shape, .activation, format: .int8)
                b.emit(
                    .elementwise(.moved), reads: [decoder.segmentStarts], writes: [Write(mask)])
                input = b.elementwise(.dropout, [input, mask], name: "dropped")
            }
        }
        let low = decoder.product(&b, input, down, "adapter.low")
        let high = decoder.product(&b, low, up, "adapter.high")
        let placed =
            profile.keepsAdapterOutputs && linear == .queryKeyValue
            ? b.elementwise(.dropout, [high, high], name: "adapter.placed") : high
        let scaled = b.elementwise(.scaled, [placed], name: "adapter.scaled")
        return b.elementwise(.sum, [output, scaled], name: "adapted")
    }

    // MARK: Feed-forward

    /// The feed-forward block, dense or a mixture.
    func fed(_ b: inout ProgramBuilder, _ x: TensorID) -> TensorID {
        if architecture.isMixture(layer) { return mixture(&b, x) }
        switch architecture.feedForward {
        case .plain(let activation):
            let up = linear(&b, .up, x)
            let activated = self.activated(&b, up, activation)
            return linear(&b, .down, activated)
        case .gated(let activation):
            let (gate, up): (TensorID, TensorID)
            if architecture.fusesGateAndUp {
                let both = linear(&b, .gateUp, x)
                (gate, up) = halves(&b, both)
            } else {
                gate = linear(&b, .gate, x)
                up = linear(&b, .up, x)
            }
            return linear(&b, .down, gated(&b, gate, up, activation))
        }
    }

    /// Gate and up as the two halves of one product.
    func halves(_ b: inout ProgramBuilder, _ both: TensorID) -> (TensorID, TensorID) {
        let shape = b.spec(both).shape
        let half = Shape(shape.rows, shape.width / 2)
        let parts = b.parts(of: both, [half, half], names: ["gate", "up"])
        return (parts[0], parts[1])
    }

    /// The product of the activated gate and up.
    func gated(
        _ b: inout ProgramBuilder, _ gate: TensorID, _ up: TensorID,
        _ activation: Architecture.Activation
    ) -> TensorID {
        b.scope = Scope(.activation, layer: layer)
        if profile.fusesActivation {
            let output = b.tensor(
                "gated", b.spec(gate).shape, .activation, format: profile.compute)
            b.emit(.swiGLU, reads: [gate, up], writes: [Write(output)])
            return output
        }
        let activated = self.activated(&b, gate, activation)
        return b.elementwise(.product, [activated, up], name: "product")
    }

    /// An activation, with the tensors that its own form makes.
    func activated(
        _ b: inout ProgramBuilder, _ x: TensorID, _ activation: Architecture.Activation
    ) -> TensorID {
        b.scope = Scope(.activation, layer: layer)
        switch activation {
        case .silu: return b.elementwise(.silu, [x], name: "silu")
        case .gelu: return b.elementwise(.gelu, [x], name: "gelu")
        case .relu: return b.elementwise(.relu, [x], name: "relu")
        case .squaredReLU:
            let positive = b.elementwise(.relu, [x], name: "relu")
            return b.elementwise(.square, [positive], name: "square")
        case .writtenOutGELU where profile.fusesWrittenOutActivations:
            return b.elementwise(.gelu, [x], name: "gelu")
        case .writtenOutGELU:
            // ½ x (1 + tanh(√(2/π) (x + 0.044715 x³)))
            let half = b.elementwise(.scaled, [x], name: "half")
            let cube = b.elementwise(.cube, [x], name: "cube")
            let scaled = b.elementwise(.scaled, [cube], name: "cube.scaled")
            let inner = b.elementwise(.sum, [x, scaled], name: "inner")
            let argument = b.elementwise(.scaled, [inner], name: "inner.scaled")
            let tanh = b.elementwise(.tanh, [argument], name: "tanh")
            let shifted = b.elementwise(.scaled, [tanh], name: "shifted")
            return b.elementwise(.product, [half, shifted], name: "gelu")
        }
    }

    // MARK: Mixture

    /// Rows go to the experts that a router chooses and come back weighted.
    private func mixture(_ b: inout ProgramBuilder, _ x: TensorID) -> TensorID {
        guard let experts = architecture.experts else { return x }
        b.scope = Scope(.router, layer: layer)
        let shape = b.spec(x).shape
        let rows = shape.rows * experts.countPerToken
        let scores = decoder.product(
            &b, x, model[.router(layer: layer)],
            bias: model.parameters[.routerBias(layer: layer)], "router")
        let probabilities = b.elementwise(
            .softmax, [scores], format: .float32, name: "router.probabilities")
        let shares = b.elementwise(
            .moved, [probabilities], shape: Shape(rows), format: profile.compute,
            name: "router.shares")
        b.scope = Scope(.experts, layer: layer)
        let routed = b.elementwise(
            .moved, [x], shape: Shape(rows, shape.width), name: "routed")
        let inner: TensorID
        if experts.fusesGateAndUp {
            let (gate, up) = halves(&b, expert(&b, .gateUp, routed))
            inner = gated(&b, gate, up, architecture.feedForward.activation)
        } else {
            let gate = expert(&b, .gate, routed)
            let up = expert(&b, .up, routed)
            inner = gated(&b, gate, up, architecture.feedForward.activation)
        }
        let down = expert(&b, .down, inner)
        b.scope = Scope(.experts, layer: layer)
        let weighted = b.elementwise(.product, [down, shares], name: "weighted")
        var output = b.elementwise(.moved, [weighted], shape: shape, name: "combined")
        if experts.sharedWidth > 0 {
            output = b.elementwise(.sum, [output, shared(&b, x)], name: "sum")
        }
        return output
    }

    private func expert(
        _ b: inout ProgramBuilder, _ linear: LinearLayer, _ x: TensorID
    ) -> TensorID {
        b.scope = Scope(.experts, layer: layer)
        return adapted(
            &b, linear, x, weight: model[.experts(linear, layer: layer)],
            bias: model.parameters[.expertBiases(linear, layer: layer)])
    }

    private func shared(_ b: inout ProgramBuilder, _ x: TensorID) -> TensorID {
        b.scope = Scope(.sharedExperts, layer: layer)
        func product(_ b: inout ProgramBuilder, _ linear: LinearLayer, _ x: TensorID) -> TensorID {
            b.scope = Scope(.sharedExperts, layer: layer)
            return decoder.product(
                &b, x, model[.sharedExperts(linear, layer: layer)], "shared.\(linear.rawValue)")
        }
        let inner: TensorID
        if architecture.experts?.fusesGateAndUp ?? false {
            let (gate, up) = halves(&b, product(&b, .gateUp, x))
            inner = gated(&b, gate, up, architecture.feedForward.activation)
        } else {
            let gate = product(&b, .gate, x)
            inner = gated(
                &b, gate, product(&b, .up, x), architecture.feedForward.activation)
        }
        let down = product(&b, .down, inner)
        guard let gate = model.parameters[.sharedExpertGate(layer: layer)] else { return down }
        let share = b.elementwise(
            .sigmoid, [decoder.product(&b, x, gate, "shared.gate")], name: "shared.share")
        return b.elementwise(.product, [down, share], name: "shared.weighted")
    }
}
