import Outbox

/// The settings of a worker.
package struct WorkerSettings: Sendable {
    /// How many jobs run at once, mails included, each over a connection of its own.
    package var jobs = Runner.Settings().concurrency
    /// How long running jobs may take after the worker was told to stop; then they are cancelled. The unit's
    /// `TimeoutStopSec` must be longer by some seconds, for the answer to a mail that was sent completely, and for the
    /// database.
    package var shutdownDeadline = Duration.seconds(20)
    /// How long the lease of a job lasts; it is renewed three times in that time.
    package var lease = Runner.Settings().lease
    /// The file to which the heads of the audit chains are copied.
    package var checkpoints: String
    /// How often they are copied; the audit log promises a minute (P10).
    package var checkpointEvery = Duration.seconds(20)
    /// How often it looks for holds and offers that have lapsed.
    package var lapseEvery = Duration.seconds(2)
    package var cleanEvery = Duration.seconds(300)
    /// How often it extends the dates of availability rules, which are stored a month further than needed, and the free
    /// spans, as far ahead as can be booked.
    package var extendEvery = Duration.seconds(3600)
    /// How often it logs that it is alive, and how many jobs wait.
    package var reportEvery = Duration.seconds(15)
    /// How often a linked calendar is fetched that does not fail.
    package var calendarsEvery = Duration.seconds(900)
    /// How often it looks for linked calendars that are due.
    package var calendarsPoll = Duration.seconds(2)
    /// Whether linked calendars may lie on private addresses and come without TLS.
    package var allowsPrivateCalendars = false
    /// How often it looks for openings that became free for those who wait.
    package var waitlistEvery = Duration.seconds(1)
    /// How long an opening is offered to a person who waits.
    package var waitlistOffersLast = Duration.seconds(2 * 3600)
    /// How long a specialist has to answer an offer.
    package var offersLast = Duration.seconds(12 * 3600)

    package init(checkpoints: String) {
        self.checkpoints = checkpoints
    }

    var runner: Runner.Settings {
        var settings = Runner.Settings()
        settings.concurrency = jobs
        settings.lease = lease
        settings.heartbeat = lease / 3.3
        return settings
    }
}
