import Architectures
import Foundation
import Testing

@Suite struct ArchitectureTests {
    private let llama = Architecture(
        family: .llama, vocabularySize: 128_256, hiddenWidth: 4096, layerCount: 32, headCount: 32,
        keyValueHeadCount: 8, headWidth: 128, feedForwardWidth: 14_336, normEpsilon: 1e-5,
        tiesEmbeddings: false, hasQueryKeyValueBias: false, normalizesQueriesAndKeys: false,
        rotary: .init(theta: 500_000), contextLength: 131_072)

    /// Published parameter counts.
    @Test func parameterCountsAreExact() {
        #expect(llama.parameterCount == 8_030_261_248)
        var qwen2 = llama  // Qwen2.5-0.5B: 494,032,768.
        qwen2.family = .qwen2
        qwen2.vocabularySize = 151_936
        qwen2.hiddenWidth = 896
        qwen2.layerCount = 24
        qwen2.headCount = 14
        qwen2.keyValueHeadCount = 2
        qwen2.headWidth = 64
        qwen2.feedForwardWidth = 4864
        qwen2.tiesEmbeddings = true
        qwen2.hasQueryKeyValueBias = true
        #expect(qwen2.parameterCount == 494_032_768)
        var qwen3 = qwen2  // Qwen3-0.6B: 596,049,920.
        qwen3.family = .qwen3
        qwen3.hiddenWidth = 1024
        qwen3.layerCount = 28
        qwen3.headCount = 16
        qwen3.keyValueHeadCount = 8
        qwen3.headWidth = 128
        qwen3.feedForwardWidth = 3072
        qwen3.hasQueryKeyValueBias = false
        qwen3.normalizesQueriesAndKeys = true
        #expect(qwen3.parameterCount == 596_049_920)
    }

    @Test func everyParameterIsListedOnce() {
        let parameters = llama.parameters
        #expect(Set(parameters).count == parameters.count)
        #expect(parameters.count == 1 + 32 * 9 + 2)
    }

    @Test func plainRotaryFrequenciesAreAGeometricSeries() {
        let frequencies = llama.rotaryFrequencies
        #expect(frequencies.count == 64)
        #expect(frequencies[0] == 1)
        #expect(abs(Double(frequencies[32]) / pow(500_000, -0.5) - 1) < 1e-6)
    }

    /// Llama 3.1: wavelengths over 8192 positions are stretched by 8, those under 2048 are kept.
    @Test func longContextStretchesOnlyLowFrequencies() {
        var model = llama
        model.rotary.scaling = .llama3(
            factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalContextLength: 8192)
        let plain = llama.rotaryFrequencies
        let stretched = model.rotaryFrequencies
        #expect(stretched[0] == plain[0])
        #expect(stretched[63] == plain[63] / 8)
        for (a, b) in zip(stretched, plain) { #expect(a <= b && a >= b / 8) }
        #expect(zip(stretched, stretched.dropFirst()).allSatisfy { $0 > $1 })
    }
}
