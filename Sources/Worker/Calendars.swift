import ICalendar
import Logging
import Postgres
import Scheduling

/// Fetches linked calendars whose turn it is, some at once, and keeps when their specialists are busy by them.
struct CalendarPolling: Sendable {
    let database: Database
    let calendars: CalendarImport
    let fetcher: FeedFetcher
    let logger: Logger

    private static let atOnce = 8

    /// Until none is due. One whose last fetch came to no end, and perhaps ended the worker, comes after the others and
    /// alone; one that did so twice not at all.
    func run() async throws {
        let aside = try await database.withTransaction(as: .nobody) { tx in try await calendars.setAside(in: tx) }
        for id in aside {
            logger.error("a linked calendar ended the worker twice, and is set aside", metadata: ["calendar": "\(id)"])
        }
        try await run(Self.atOnce, again: false)
        try await run(1, again: true)
    }

    private func run(_ limit: Int, again: Bool) async throws {
        var claimed = limit
        while claimed == limit, !Task.isCancelled {
            let polls = try await database.withTransaction(as: .nobody) { tx in
                try await calendars.claim(limit, again: again, in: tx)
            }
            claimed = polls.count
            // One that goes wrong does not take the others with it.
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
            // Where the database is away it is not told, which is no worse than a worker that died.
            try? await database.withTransaction(as: .nobody) { try await calendars.release(poll, in: $0) }
            throw error
        } catch {
            // What will be so each time waits longer each time.
            try await fail(poll, because: "unexpected")
            throw error
        }
    }

    /// Whether an error is of this moment, and not of the calendar.
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
