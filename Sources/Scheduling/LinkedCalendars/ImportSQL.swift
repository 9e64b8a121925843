import Clinic
import FoundationEssentials
import ICalendar
import Postgres

/// The worker's statements on linked calendars.
enum ImportSQL {
    /// Claims those that are due, for two minutes. One that was read within a day need not be read again unchanged.
    static func claim(_ limit: Int, again: Bool) -> SQL {
        """
        UPDATE consilium.calendar_poll p SET poll_at = clock_timestamp() + interval '2 minutes', fence = p.fence + 1,
            begun = p.begun + 1
        FROM consilium.linked_calendar l JOIN consilium.account a ON a.id = l.specialist_id
        WHERE l.id = p.calendar_id AND p.calendar_id IN (
            SELECT d.calendar_id FROM consilium.calendar_poll d WHERE d.poll_at <= clock_timestamp()
                AND (d.begun > 0) = \(again)
            ORDER BY d.poll_at LIMIT \(limit) FOR NO KEY UPDATE SKIP LOCKED)
        RETURNING l.id, l.specialist_id, p.fence, l.url, p.version,
            coalesce(p.read_at > clock_timestamp() - interval '1 day', false), a.email
        """
    }

    /// The fence stays, so that a worker that was only suspended may still write its result.
    static func setAside(after count: Int) -> SQL {
        """
        UPDATE consilium.calendar_poll SET poll_at = 'infinity', problem = 'set_aside',
            failing_since = coalesce(failing_since, clock_timestamp())
        WHERE poll_at <= clock_timestamp() AND begun >= \(Int32(count)) RETURNING calendar_id
        """
    }

    static func release(_ poll: CalendarImport.Poll) -> SQL {
        """
        UPDATE consilium.calendar_poll SET begun = 0 WHERE calendar_id = \(poll.calendar) AND fence = \(poll.fence)
        """
    }

    /// Stops the fetching of a calendar for good.
    static func stop(_ calendar: LinkedCalendarID, because problem: String?) -> SQL {
        """
        UPDATE consilium.calendar_poll SET poll_at = 'infinity', begun = 0, problem = \(problem),
            failing_since = CASE WHEN \(problem != nil) THEN coalesce(failing_since, clock_timestamp()) END
        WHERE calendar_id = \(calendar)
        """
    }

    /// Has no row when another worker has the poll by now, or the calendar was unlinked.
    static func lock(_ poll: CalendarImport.Poll) -> SQL {
        """
        SELECT FROM consilium.calendar_poll WHERE calendar_id = \(poll.calendar) AND fence = \(poll.fence)
        FOR NO KEY UPDATE
        """
    }

    static func succeed(_ poll: CalendarImport.Poll, after pause: Duration) -> SQL {
        """
        UPDATE consilium.calendar_poll SET failures = 0, failing_since = NULL, problem = NULL, begun = 0,
            failure_notified_at = NULL,
            checked_at = clock_timestamp(),
            poll_at = clock_timestamp() + make_interval(secs => \(seconds(pause)) * (0.9 + random() / 5))
        WHERE calendar_id = \(poll.calendar) AND fence = \(poll.fence)
        """
    }

    /// The pause doubles after each failure, up to six hours.
    static func fail(_ poll: CalendarImport.Poll, because problem: String, after pause: Duration) -> SQL {
        """
        UPDATE consilium.calendar_poll SET failures = failures + 1, begun = 0,
            failing_since = coalesce(failing_since, clock_timestamp()), problem = \(problem),
            poll_at = clock_timestamp() + make_interval(secs =>
                least(\(seconds(pause)) * power(2, least(failures, 10)), 21600) * (0.9 + random() / 5))
        WHERE calendar_id = \(poll.calendar) AND fence = \(poll.fence)
        """
    }

    /// - Parameter unclear: the uncertain events, sealed; nil where there are none.
    static func note(_ poll: CalendarImport.Poll, _ busy: BusyTimes, unclear: [UInt8]?, version: [UInt8]) -> SQL {
        """
        UPDATE consilium.calendar_poll SET read_at = clock_timestamp(), version = \(version),
            unclear_rules = \(busy.count(of: .rule)), unclear_zones = \(busy.count(of: .zone)),
            unreadable = \(busy.count(of: .times)), unclear = \(unclear)
        WHERE calendar_id = \(poll.calendar)
        """
    }

    /// The events that the owner was told of, sealed, and whether that was within a day.
    static func notifiedEvents(of poll: CalendarImport.Poll) -> SQL {
        """
        SELECT notified_events, coalesce(events_notified_at > clock_timestamp() - interval '1 day', false)
        FROM consilium.calendar_poll WHERE calendar_id = \(poll.calendar)
        """
    }

    static func tellUnclear(of poll: CalendarImport.Poll, _ events: [UInt8]) -> SQL {
        """
        UPDATE consilium.calendar_poll SET notified_events = \(events), events_notified_at = clock_timestamp()
        WHERE calendar_id = \(poll.calendar)
        """
    }

    /// Those of these calendars whose owners are to be told that they fail, and were not yet.
    static func noteFailureNotified(_ calendars: [LinkedCalendarID]) -> SQL {
        """
        UPDATE consilium.calendar_poll p SET failure_notified_at = clock_timestamp()
        FROM consilium.linked_calendar l
        WHERE l.id = p.calendar_id AND p.calendar_id = ANY (\(calendars)) AND p.failure_notified_at IS NULL
            AND p.failing_since IS NOT NULL AND (p.read_at IS NULL OR p.poll_at = 'infinity'
                OR p.failing_since <= clock_timestamp() - interval '4 hours')
        RETURNING l.id, l.specialist_id
        """
    }

    /// Local times as instants by the system's tzdata, in the order of the questions.
    static func answers(to questions: [ZoneResolver.Question], of specialist: AccountID) -> SQL {
        """
        SELECT extract(epoch FROM m.at)::bigint, (m.at AT TIME ZONE q.zone) = q.local
        FROM consilium.specialist s, LATERAL (
                SELECT n, coalesce(nullif(asked.zone, ''), s.time_zone::text) AS zone,
                    to_timestamp(asked.local) AT TIME ZONE 'UTC' AS local
                FROM unnest(\(questions.map(\.zone)), \(questions.map(\.local)))
                    WITH ORDINALITY asked (zone, local, n)) q,
            LATERAL (SELECT consilium.instant_of(q.local, q.zone) AS at OFFSET 0) m
        WHERE s.id = \(specialist) ORDER BY q.n
        """
    }

    /// Removes what the calendar no longer takes.
    static func free(_ poll: CalendarImport.Poll, but starts: [Date], _ ends: [Date]) -> SQL {
        """
        DELETE FROM consilium.imported_busy b WHERE b.calendar_id = \(poll.calendar) AND b.during NOT IN (
            SELECT tstzrange(n.starts, n.ends) FROM unnest(\(starts), \(ends)) n (starts, ends))
        """
    }

    static func take(_ poll: CalendarImport.Poll, _ starts: [Date], _ ends: [Date]) -> SQL {
        """
        INSERT INTO consilium.imported_busy (calendar_id, specialist_id, during)
        SELECT \(poll.calendar), \(poll.specialist), tstzrange(n.starts, n.ends)
        FROM unnest(\(starts), \(ends)) n (starts, ends)
        ON CONFLICT DO NOTHING
        """
    }

    /// Booked consults to come of the specialist at a time that the calendar takes, of which they were not told yet at their
    /// current sequence, because of this calendar or another. That this calendar takes it is noted, until it is unlinked.
    static func conflicts(of poll: CalendarImport.Poll) -> SQL {
        """
        WITH found AS (
            INSERT INTO consilium.calendar_conflict (calendar_id, appointment_id, sequence)
            SELECT \(poll.calendar), a.id, a.sequence FROM consilium.appointment a
            WHERE \(fragment: AppointmentSQL.isOf("\(poll.specialist)")) AND a.state IN ('booked', 'checked_in')
                AND a.starts_at > clock_timestamp() AND EXISTS (SELECT FROM consilium.imported_busy b
                    WHERE b.calendar_id = \(poll.calendar) AND b.during && tstzrange(a.starts_at, a.ends_at))
            ON CONFLICT DO NOTHING RETURNING appointment_id, sequence
        )
        SELECT f.appointment_id, f.sequence FROM found f WHERE NOT EXISTS (
            SELECT FROM consilium.calendar_conflict c JOIN consilium.linked_calendar l ON l.id = c.calendar_id
            WHERE l.specialist_id = \(poll.specialist) AND c.appointment_id = f.appointment_id
                AND c.sequence = f.sequence)
        """
    }

    private static func seconds(_ duration: Duration) -> Double { duration / .seconds(1) }
}
