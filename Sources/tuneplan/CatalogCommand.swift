import ArgumentParser
import Catalog
import Reporting

/// Shows what is known about models, devices and prices.
struct CatalogCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "catalog",
        abstract: "Show the models, devices and prices that plans rest on.",
        subcommands: [List.self, Show.self])

    /// One of the catalog's files.
    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case models, devices, prices
        case apiPrices = "api-prices"
    }
}

extension CatalogCommand {
    /// Lists one file of the catalog.
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "List models, devices, prices of instances or prices of hosted models.",
            discussion: """
                Without a kind, how much there is of each. Sources are listed in every form but \
                table, which has no room for them.
                """)

        @Argument(help: "models, devices, prices or api-prices.")
        var kind: Kind?
        @Option(help: "The form of standard output.")
        var format = OutputFormat.table

        func run() throws {
            let catalog = try Catalog.load(from: try DataDirectory.locate())
            let table =
                kind.map { CatalogTables.list($0, in: catalog) } ?? CatalogTables.kinds(of: catalog)
            let shown = format == .table ? table.leavingOut("source") : table
            emit(shown.text(as: format, style: .detected(descriptor: 1)))
        }
    }

    /// Shows everything that is known under one name.
    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "Show every figure of a model, device or instance with its source and date.")

        @Argument(help: "A name from `catalog list`, in any case; a model's owner may be left out.")
        var name: String
        @Option(help: "The form of standard output.")
        var format = OutputFormat.table

        func run() throws {
            let catalog = try Catalog.load(from: try DataDirectory.locate())
            let facts: [CatalogFact]
            do throws(CatalogError) {
                facts = try catalog.facts(named: name)
            } catch {
                throw Failure(error.description, code: Failure.badUsage)
            }
            let table = CatalogTables.facts(facts)
            emit(table.text(as: format, style: .detected(descriptor: 1)))
        }
    }
}
