import FoundationEssentials

extension Connection {
    /// How long the statements may take together; after that the connection is used as it is.
    private static let patienceToWarmUp = Duration.seconds(5)

    /// Runs statements for an actor that does not exist, ignores their rows, and rolls back. Afterwards the server's process
    /// has loaded their tables, policies and functions, and this connection has prepared them, so the first request is as
    /// fast as later ones.
    func warmUp(by statements: [SQL]) async {
        let batch = Batch(
            begin: Actor(UUID()), statements: statements.map(Statement.init), staysOpen: true,
            deadline: Self.patienceToWarmUp)
        // A statement that fails, as a write on a standby does, only skips the statements after it.
        try? await run(batch)
        guard isOpen else { return }
        do {
            try await run(Batch(end: .rollback, deadline: Batch.patience))
        } catch {
            close()
        }
    }
}
