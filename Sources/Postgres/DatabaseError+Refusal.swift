/// Runs a statement, and says what it means that a constraint refuses it.
/// - Throws: `refusal` in place of a `DatabaseError` that names `constraint`.
nonisolated(nonsending)
    package func refusing<Value>(
        _ constraint: String, as refusal: some Error, _ work: nonisolated(nonsending) () async throws -> Value
    ) async throws -> Value
{
    try await refusing(by: { $0 == constraint ? refusal : nil }, work)
}

/// As above, for several constraints.
/// - Parameter refusal: what it means that the constraint of this name refuses; nil for those of no meaning here, whose
///   `DatabaseError` is thrown as it is.
nonisolated(nonsending)
    package func refusing<Value>(
        by refusal: (String) -> (any Error)?, _ work: nonisolated(nonsending) () async throws -> Value
    ) async throws -> Value
{
    do {
        return try await work()
    } catch let error as DatabaseError {
        throw error.constraint.flatMap(refusal) ?? error
    }
}
