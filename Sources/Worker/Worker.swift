package import Logging
import Matching
package import Notifications
import Outbox
package import Postgres
import Scheduling
import ServiceLifecycle
package import Vault

/// What happens without a request: mails, holds and offers whose time is over, openings for who waits for them, the dates
/// of rules that come near, linked calendars, copies of the audit heads, cleaning.
/// Any number of workers run side by side.
///
/// Run it in a `ServiceGroup`: told to stop it claims nothing more, ends what it holds, and returns. What takes longer
/// than the settings allow is cancelled: a job then goes back in line.
package struct Worker: Service {
    let runner: Runner
    let loops: [Loop]
    let channel: MailChannel
    let shutdownDeadline: Duration

    package func run() async throws {
        await withGracefulShutdownHandler {
            await withTaskGroup { group in
                group.addTask {
                    await withDiscardingTaskGroup { group in
                        group.addTask { await runner.run() }
                        for loop in loops { group.addTask { await loop.run() } }
                    }
                }
                group.addTask {
                    try? await gracefulShutdown()
                    try? await Task.sleep(for: shutdownDeadline)
                }
                await group.next()
                group.cancelAll()
            }
        } onGracefulShutdown: {
            Task { await runner.stop() }
        }
        await channel.leave()
    }
}

/// Builds a worker over its parts.
/// - Parameters:
///   - database: as `consilium_worker`. It is the caller's to close.
///   - channel: the way for mails to leave the house.
package func buildWorker(
    _ settings: WorkerSettings, database: Database, vault: Vault, channel: MailChannel, mail: MailSettings,
    logger: Logger
) -> Worker {
    let outbox = Outbox(doorbell: JobNotifier(database))
    let postman = NotificationSender(database: database, vault: vault, outbox: outbox, channel: channel, settings: mail)
    let matching = Matching(vault: vault, outbox: outbox, offersLast: settings.offersLast)
    let checkpoints = Checkpoints(path: settings.checkpoints, vault: vault, database: database)
    let holds = HoldLapse(database: database)
    let horizon = AvailabilityHorizon(database: database)
    let spans = FreeSpans(database: database)
    let waitlist = WaitlistRounds(database: database, outbox: outbox, offersLast: settings.waitlistOffersLast)
    let cleaning = Cleaning(database: database, outbox: outbox)
    let calendars = CalendarPolling(
        database: database, calendars: CalendarImport(vault: vault, outbox: outbox, pause: settings.calendarsEvery),
        fetcher: FeedFetcher(allowsPrivate: settings.allowsPrivateCalendars), logger: logger)
    let report = Report(database: database, outbox: outbox, checkpoints: checkpoints, logger: logger)
    return Worker(
        runner: Runner(
            outbox, database: database, settings: settings.runner, logger: logger,
            handlers: [.notice: { try await postman.deliver($0) }]),
        loops: [
            Loop("lapse holds", every: settings.lapseEvery, logger: logger) { _ = try await holds.run() },
            Loop("serve the waitlist", every: settings.waitlistEvery, logger: logger) { try await waitlist.run() },
            Loop("lapse offers", every: settings.lapseEvery, logger: logger) {
                _ = try await database.withTransaction(as: .nobody) { tx in try await matching.lapseOffers(in: tx) }
            },
            Loop("extend horizons", every: settings.extendEvery, logger: logger) {
                while try await horizon.extend() > 0 {}
                while try await spans.roll() > 0 {}
            },
            Loop("fetch calendars", every: settings.calendarsPoll, logger: logger) { try await calendars.run() },
            Loop("copy audit heads", every: settings.checkpointEvery, logger: logger) { try await checkpoints.take() },
            Loop("clean up", every: settings.cleanEvery, logger: logger) { try await cleaning.run() },
            Loop("report", every: settings.reportEvery, logger: logger) { try await report.run() },
        ], channel: channel, shutdownDeadline: settings.shutdownDeadline)
}
