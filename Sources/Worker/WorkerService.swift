package import Logging
import Matching
package import Notifications
import Outbox
package import Postgres
import Scheduling
import ServiceLifecycle
package import Vault

/// The work that no request waits for: mails, holds and offers that lapse, openings for those who wait, further dates of
/// availability rules, linked calendars, copies of the audit heads, cleanup. Any number of workers run side by side.
///
/// Run it in a `ServiceGroup`. Told to stop, it claims nothing more, finishes the jobs that it holds, and returns. Jobs
/// that take longer than the settings allow are cancelled, and become ready again.
package struct WorkerService: Service {
    let runner: Runner
    let loops: [PeriodicTask]
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
        await channel.close()
    }
}

/// Builds a worker.
/// - Parameters:
///   - database: as `consilium_worker`. The caller closes it.
///   - channel: sends the mails.
package func buildWorker(
    _ settings: WorkerSettings, database: Database, vault: Vault, channel: MailChannel, mail: MailSettings,
    logger: Logger
) -> WorkerService {
    let outbox = Outbox(notifier: JobNotifier(database))
    let sender = NotificationSender(database: database, vault: vault, outbox: outbox, channel: channel, settings: mail)
    let matching = MatchingService(vault: vault, outbox: outbox, offersLast: settings.offersLast)
    let checkpoints = CheckpointWriter(path: settings.checkpoints, vault: vault, database: database)
    let holds = HoldLapse(database: database)
    let horizon = AvailabilityHorizon(database: database)
    let spans = FreeSpans(database: database)
    let waitlist = WaitlistOffers(database: database, outbox: outbox, offersLast: settings.waitlistOffersLast)
    let cleanup = Cleanup(database: database, outbox: outbox)
    let calendars = CalendarPoller(
        database: database, calendars: CalendarImport(vault: vault, outbox: outbox, pause: settings.calendarsEvery),
        fetcher: FeedFetcher(allowsPrivate: settings.allowsPrivateCalendars), logger: logger)
    let report = StatusReport(database: database, outbox: outbox, checkpoints: checkpoints, logger: logger)
    return WorkerService(
        runner: Runner(
            outbox, database: database, settings: settings.runner, logger: logger,
            handlers: [.notice: { try await sender.deliver($0) }]),
        loops: [
            PeriodicTask("lapse holds", every: settings.lapseEvery, logger: logger) { _ = try await holds.run() },
            PeriodicTask("serve the waitlist", every: settings.waitlistEvery, logger: logger) {
                try await waitlist.run()
            },
            PeriodicTask("lapse offers", every: settings.lapseEvery, logger: logger) {
                _ = try await database.withTransaction(as: .nobody) { tx in try await matching.lapseOffers(in: tx) }
            },
            PeriodicTask("extend horizons", every: settings.extendEvery, logger: logger) {
                while try await horizon.extend() > 0 {}
                while try await spans.roll() > 0 {}
            },
            PeriodicTask("fetch calendars", every: settings.calendarsPoll, logger: logger) {
                try await calendars.run()
            },
            PeriodicTask("copy audit heads", every: settings.checkpointEvery, logger: logger) {
                try await checkpoints.write()
            },
            PeriodicTask("clean up", every: settings.cleanEvery, logger: logger) { try await cleanup.run() },
            PeriodicTask("report", every: settings.reportEvery, logger: logger) { try await report.run() },
        ], channel: channel, shutdownDeadline: settings.shutdownDeadline)
}
