import Clinic
import FoundationEssentials
import Postgres

/// The worker's statements on linked calendars.
enum ImportSQL {
    /// Those that are due, for two minutes; what was read within a day need not be read again unchanged.
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

    /// The fence stays: one that is fetched after all, by a worker that only stood still, is what it was.
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

    /// It is never fetched again.
    static func stop(_ calendar: LinkedCalendarID, because problem: String?) -> SQL {
        """
        UPDATE consilium.calendar_poll SET poll_at = 'infinity', begun = 0, problem = \(problem),
            failing_since = CASE WHEN \(problem != nil) THEN coalesce(failing_since, clock_timestamp()) END
        WHERE calendar_id = \(calendar)
        """
    }

    static func lockCalendar(of specialist: AccountID) -> SQL {
        "SELECT FROM consilium.calendar WHERE person_id = \(specialist) FOR NO KEY UPDATE"
    }

    /// No row for a poll that is somebody else's by now, or whose calendar was unlinked.
    static func lock(_ poll: CalendarImport.Poll) -> SQL {
        """
        SELECT FROM consilium.calendar_poll WHERE calendar_id = \(poll.calendar) AND fence = \(poll.fence)
        FOR NO KEY UPDATE
        """
    }

    static func succeed(_ poll: CalendarImport.Poll, after pause: Duration) -> SQL {
        """
        UPDATE consilium.calendar_poll SET failures = 0, failing_since = NULL, problem = NULL, begun = 0,
            checked_at = clock_timestamp(),
            poll_at = clock_timestamp() + make_interval(secs => \(seconds(pause)) * (0.9 + random() / 5))
        WHERE calendar_id = \(poll.calendar) AND fence = \(poll.fence)
        """
    }

    /// Twice as long after each failure, to six hours.
    static func fail(_ poll: CalendarImport.Poll, because problem: String, after pause: Duration) -> SQL {
        """
        UPDATE consilium.calendar_poll SET failures = failures + 1, begun = 0,
            failing_since = coalesce(failing_since, clock_timestamp()), problem = \(problem),
            poll_at = clock_timestamp() + make_interval(secs =>
                least(\(seconds(pause)) * power(2, least(failures, 10)), 21600) * (0.9 + random() / 5))
        WHERE calendar_id = \(poll.calendar) AND fence = \(poll.fence)
        """
    }

    static func note(_ poll: CalendarImport.Poll, _ walls: BusyWalls, unreadable: Int, version: [UInt8]) -> SQL {
        """
        UPDATE consilium.calendar_poll SET read_at = clock_timestamp(), version = \(version),
            unclear_rules = \(walls.unclearRules), unclear_zones = \(walls.unclearZones), unreadable = \(unreadable)
        WHERE calendar_id = \(poll.calendar)
        """
    }

    /// The walls as instants by the system's tzdata, joined where they touch.
    static func taken(by walls: BusyWalls, of specialist: AccountID, days: Int) -> SQL {
        let (series, occurrences, exclusions) = (walls.series, walls.occurrences, walls.exclusions)
        // What is empty, or below 0, is nothing: arrays of ours have no NULL.
        let seconds = series.map { one in if case .seconds(let seconds) = one.lasts { seconds } else { -1 } }
        let spans = series.map { one in
            if case .walls(let first, let zone, let last, let lastZone) = one.lasts {
                [first, zone ?? "", last, lastZone ?? ""]
            } else {
                ["", "", "", ""]
            }
        }
        return """
            WITH her AS MATERIALIZED (
                SELECT s.time_zone::text AS zone FROM consilium.specialist s WHERE s.id = \(specialist)
            ), series AS MATERIALIZED (
                SELECT s.n, coalesce(nullif(s.zone, ''), her.zone) AS zone, make_interval(secs => s.early) AS early,
                    make_interval(secs => s.late) AS late,
                    CASE WHEN s.seconds >= 0 THEN make_interval(secs => s.seconds)
                        WHEN s.last <> '' THEN
                            consilium.instant_of(s.last::timestamp, coalesce(nullif(s.last_zone, ''), her.zone))
                            - consilium.instant_of(s.first::timestamp, coalesce(nullif(s.first_zone, ''), her.zone))
                    END AS lasts,
                    CASE WHEN s.until <> ''
                        THEN consilium.instant_of(s.until::timestamp, coalesce(nullif(s.until_zone, ''), her.zone))
                        ELSE 'infinity' END AS until
                FROM her, unnest(\(series.map { $0.zone ?? "" }), \(series.map(\.early)), \(series.map(\.late)),
                    \(seconds), \(spans.map { $0[0] }), \(spans.map { $0[1] }), \(spans.map { $0[2] }),
                    \(spans.map { $0[3] }), \(series.map { $0.until?.wall ?? "" }),
                    \(series.map { $0.until?.zone ?? "" }))
                    WITH ORDINALITY s (zone, early, late, seconds, first, first_zone, last, last_zone, until, until_zone, n)
            ), excluded AS MATERIALIZED (
                SELECT e.n + 1 AS n, consilium.instant_of(e.wall::timestamp, coalesce(nullif(e.zone, ''), her.zone)) AS at
                FROM her, unnest(\(exclusions.map(\.series)), \(exclusions.map(\.starts)),
                    \(exclusions.map { $0.zone ?? "" })) e (n, wall, zone)
            ), occurrence AS (
                SELECT s.n, consilium.instant_of(o.wall::timestamp, s.zone) AS at,
                    CASE WHEN o.ends <> '' THEN consilium.instant_of(o.ends::timestamp, s.zone) END AS ends,
                    s.lasts, s.early, s.late, s.until
                FROM unnest(\(occurrences.map(\.series)), \(occurrences.map(\.starts)),
                    \(occurrences.map { $0.ends ?? "" })) o (n, wall, ends) JOIN series s ON s.n = o.n + 1
            ), span AS (
                SELECT o.at - o.early AS starts, coalesce(o.ends, o.at + o.lasts) + o.late AS ends FROM occurrence o
                WHERE coalesce(o.ends, o.at + o.lasts) > o.at AND o.at <= o.until
                    AND NOT EXISTS (SELECT FROM excluded e WHERE e.n = o.n AND e.at = o.at)
            )
            SELECT lower(part), upper(part) FROM (
                SELECT range_agg(tstzrange(starts, ends)) AS parts FROM span
                WHERE ends > clock_timestamp() - interval '1 day'
                    AND starts < clock_timestamp() + make_interval(days => \(Int32(days)))
            ) taken, unnest(taken.parts) part
            """
    }

    /// Of what the calendar took before, what it takes no more.
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

    /// Booked consults to come that she sits in, at a time that the calendar takes, of which she was not told yet as they
    /// stand.
    static func conflicts(of poll: CalendarImport.Poll) -> SQL {
        """
        INSERT INTO consilium.calendar_conflict (calendar_id, appointment_id, sequence)
        SELECT \(poll.calendar), a.id, a.sequence FROM consilium.appointment a
        WHERE \(fragment: AppointmentSQL.isOf("\(poll.specialist)")) AND a.state IN ('booked', 'checked_in') AND a.starts_at > clock_timestamp() AND EXISTS (SELECT FROM consilium.imported_busy b
                WHERE b.calendar_id = \(poll.calendar) AND b.during && tstzrange(a.starts_at, a.ends_at))
        ON CONFLICT DO NOTHING RETURNING appointment_id, sequence
        """
    }

    private static func seconds(_ duration: Duration) -> Double { duration / .seconds(1) }
}
