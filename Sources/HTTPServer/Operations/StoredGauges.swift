package import Postgres

/// Numbers of the services that `/metrics` shows beside the gateway's own: they are read from the database when somebody
/// asks.
package struct StoredGauges: Sendable {
    package typealias Series = (name: String, dimensions: [(String, String)])

    /// What each metric means, by its name.
    let help: [String: String]
    let series: [Series]
    /// A value for each series, in their order.
    let read: @Sendable (Transaction) async throws -> [Double]

    package init(
        help: [String: String], series: [Series], read: @escaping @Sendable (Transaction) async throws -> [Double]
    ) {
        self.help = help
        self.series = series
        self.read = read
    }

    package static let none = StoredGauges(help: [:], series: []) { _ in [] }
}
