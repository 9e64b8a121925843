import Outbox

/// How a worker works.
package struct WorkerSettings: Sendable {
    /// Jobs at once, and as many mails over connections of their own.
    package var jobs = 8
    /// How long what is under way may take when the worker is told to stop; then it is cancelled. The unit's
    /// `TimeoutStopSec` exceeds it by what cancelling takes: some seconds for a mail whose server was told all of it, and
    /// for the database to hear of it.
    package var shutdownDeadline = Duration.seconds(20)
    /// How long the lease of a job lasts; a third of it passes between two heartbeats.
    package var lease = Duration.seconds(10)
    /// The file that the heads of the audit chains are copied to.
    package var checkpoints: String
    /// How often they are; the audit log's promise is a minute (P10).
    package var checkpointEvery = Duration.seconds(20)
    /// How often it looks for holds and offers whose time is over.
    package var lapseEvery = Duration.seconds(2)
    package var cleanEvery = Duration.seconds(300)
    /// How often it looks whose rules need further dates, which are kept a month longer than anybody needs them, and
    /// whose free time is not yet known as far ahead as can be booked.
    package var extendEvery = Duration.seconds(3600)
    /// How often it says that it lives, and how many jobs wait.
    package var reportEvery = Duration.seconds(15)
    /// How often a linked calendar is fetched while all is well.
    package var calendarsEvery = Duration.seconds(900)
    /// How often it looks for linked calendars whose turn it is.
    package var calendarsPoll = Duration.seconds(2)
    /// Whether linked calendars may lie on private addresses and come without TLS.
    package var allowsPrivateCalendars = false
    /// How often it looks for openings that became free while somebody waits for them.
    package var waitlistEvery = Duration.seconds(1)
    /// How long an opening is offered to one who waits.
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
