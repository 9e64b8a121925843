import Postgres

/// What came of something that was tried in a transaction and taken back.
enum Attempt<Value: Sendable> {
    case done(Value)
    case refused(DatabaseError)

    /// - Throws: the refusal.
    var value: Value {
        get throws {
            switch self {
            case .done(let value): value
            case .refused(let error): throw error
            }
        }
    }

    private struct TakenBack: Error { let value: Value }

    /// Runs `body` in a transaction of this actor, and takes back all that it did.
    static func make(
        in database: Database, as actor: Actor, _ body: @Sendable (Transaction) async throws -> Value
    ) async throws -> Attempt {
        do {
            return try await database.withTransaction(as: actor) { tx in
                throw TakenBack(value: try await body(tx))
            }
        } catch let error as TakenBack {
            return .done(error.value)
        } catch let error as DatabaseError {
            return .refused(error)
        }
    }
}
