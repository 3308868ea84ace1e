import ArgumentParser
import Catalog
import Engine
import Foundation
import ModelFiles
import Reporting
import Training
import Validation

/// How a command ended badly: one sentence for the user and a documented exit code.
struct Failure: Error {
    /// The sentence.
    let message: String
    /// The exit code.
    let code: Int32

    /// The answer is no: it does not fit, a tolerance is missed.
    static let answerIsNo: Int32 = 1
    /// A file cannot be used.
    static let badInput: Int32 = 3
    /// This machine could not do it: memory, disk, a run that diverged.
    static let couldNot: Int32 = 4
    /// The command line is wrong (as swift-argument-parser).
    static let badUsage: Int32 = 64

    init(_ message: String, code: Int32) {
        self.message = message
        self.code = code
    }

    /// The failure behind an error, or nil when the argument parser renders it.
    init?(_ error: any Error) {
        switch error {
        case let failure as Failure: self = failure
        case let error as DataError:
            if case .request = error {
                self.init(error.description, code: Self.badUsage)
            } else {
                self.init(error.description, code: Self.badInput)
            }
        case let error as ModelFileError:
            if case .unwritable = error {
                self.init(error.description, code: Self.couldNot)
            } else {
                self.init(error.description, code: Self.badInput)
            }
        case let error as TokenizerError: self.init(error.description, code: Self.badInput)
        case let error as ChatTemplateError:
            self.init(String(describing: error), code: Self.badInput)
        case let error as CatalogError: self.init(error.description, code: Self.badInput)
        case let error as ReportingError: self.init(error.description, code: Self.couldNot)
        case let error as EngineError: self.init(error.description, code: Self.couldNot)
        case let error as TrainingError:
            switch error {
            case .diverged: self.init(error.description, code: Self.couldNot)
            case .noBatches, .adapterMismatch:
                self.init(error.description, code: Self.badInput)
            }
        case let error as CalibrationError: self.init(error.description, code: Self.couldNot)
        default: return nil
        }
    }
}
