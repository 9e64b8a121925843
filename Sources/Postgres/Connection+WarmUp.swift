import FoundationEssentials

extension Connection {
    /// How long the statements may take together; a connection that is not warm by then serves as it is.
    private static let patienceToWarmUp = Duration.seconds(5)

    /// Runs statements whose rows nobody wants, for somebody who does not exist, and takes back what they did. Afterwards
    /// the server's process knows the tables, policies and functions that they touch, and this connection has them
    /// prepared: the first request finds what the thousandth finds.
    func warmUp(by statements: [SQL]) async {
        let batch = Batch(
            begin: Actor(UUID()), statements: statements.map(Statement.init), staysOpen: true,
            deadline: Self.patienceToWarmUp)
        // A statement that fails, as a write at a standby does, leaves those behind it cold and nothing worse.
        try? await run(batch)
        guard isOpen else { return }
        do {
            try await run(Batch(end: .rollback, deadline: Batch.patience))
        } catch {
            close()
        }
    }
}
