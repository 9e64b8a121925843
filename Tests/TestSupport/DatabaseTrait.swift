package import Testing

/// Gives a suite, or a single test, a database of its own as `TestDatabase.current`.
package struct DatabaseTrait: SuiteTrait, TestTrait, TestScoping {
    /// How many databases exist at once: together their connections stay below PostgreSQL's default of 100.
    private static let limit = SuiteLimit(places: 4)

    package var isRecursive: Bool { false }

    package func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        // A suite within a suite shares its database.
        if TestDatabase.bound != nil { return try await function() }
        await Self.limit.enter()
        do {
            let database = try await TestServer.shared.clone()
            do {
                try await TestDatabase.$bound.withValue(database) { try await function() }
            } catch {
                try await TestServer.shared.drop(database)
                throw error
            }
            try await TestServer.shared.drop(database)
        } catch {
            await Self.limit.leave()
            throw error
        }
        await Self.limit.leave()
    }
}

extension Trait where Self == DatabaseTrait {
    /// A database of its own, cloned from one that has all migrations.
    package static var database: DatabaseTrait { DatabaseTrait() }
}

/// Lets a bounded number in at once, in order of arrival. The time limits of those that are in bound the wait.
private actor SuiteLimit {
    private var free: Int
    private var line: [CheckedContinuation<Void, Never>] = []

    init(places: Int) { free = places }

    func enter() async {
        if free > 0 {
            free -= 1
            return
        }
        await withCheckedContinuation { line.append($0) }
    }

    func leave() {
        if line.isEmpty { free += 1 } else { line.removeFirst().resume() }
    }
}
