import ICalendar
import Logging
import Postgres
import Scheduling

/// Fetches the linked calendars that are due, several at once, and stores the busy times in them.
struct CalendarPoller: Sendable {
    let database: Database
    let calendars: CalendarImport
    let fetcher: FeedFetcher
    let logger: Logger

    private static let concurrency = 8

    /// Runs until none is due. A calendar whose last fetch did not end, perhaps because it killed the worker, is fetched
    /// after the others and alone. One with two such fetches is not fetched.
    func run() async throws {
        let aside = try await database.withTransaction(as: .nobody) { tx in try await calendars.setAside(in: tx) }
        for id in aside {
            logger.error("a linked calendar ended the worker twice, and is set aside", metadata: ["calendar": "\(id)"])
        }
        try await run(Self.concurrency, again: false)
        try await run(1, again: true)
    }

    private func run(_ limit: Int, again: Bool) async throws {
        var claimed = limit
        while claimed == limit, !Task.isCancelled {
            let polls = try await database.withTransaction(as: .nobody) { tx in
                try await calendars.claim(limit, again: again, in: tx)
            }
            claimed = polls.count
            // One failure does not cancel the others.
            let errors = await withTaskGroup(of: (any Error)?.self, returning: [any Error].self) { group in
                for poll in polls {
                    group.addTask {
                        do { try await self.poll(poll) } catch { return error }
                        return nil
                    }
                }
                return await group.reduce(into: []) { errors, error in if let error { errors.append(error) } }
            }
            if let error = errors.first { throw error }
        }
    }

    private func poll(_ poll: CalendarImport.Poll) async throws {
        do {
            switch try await fetcher.fetch(poll.url, known: poll.known, of: poll.addresses) {
            case .unchanged:
                try await database.withTransaction(as: .nobody) { try await calendars.keep(poll, in: $0) }
            case .document(let calendar, let version):
                try await calendars.keep(poll, reading: calendar, version: version, through: database)
            }
        } catch let failure as FeedFailure {
            try await fail(poll, because: failure.word)
        } catch let fault as CalendarFault {
            try await fail(poll, because: fault.rawValue)
        } catch let error where Self.isPassing(error) {
            // When the database is away the release is lost, as if the worker had died.
            try? await database.withTransaction(as: .nobody) { try await calendars.release(poll, in: $0) }
            throw error
        } catch {
            // A calendar that fails each time waits longer each time.
            try await fail(poll, because: "unexpected")
            throw error
        }
    }

    /// Whether an error is temporary, and not caused by the calendar.
    private static func isPassing(_ error: any Error) -> Bool {
        switch error {
        case is CancellationError: true
        case let error as DatabaseError: error.retryable
        case let error as DatabaseUnavailable: error != .statementDeadline
        default: false
        }
    }

    private func fail(_ poll: CalendarImport.Poll, because problem: String) async throws {
        try await database.withTransaction(as: .nobody) { try await calendars.fail(poll, because: problem, in: $0) }
    }
}
