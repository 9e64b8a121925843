import Rig
import Synchronization

/// When specialists can be booked, and the stored index of what is free of it.
extension SystemUnderLoad {
    enum Hours: Sendable {
        /// Eight hours on five days a week. Which ones differs from one specialist to the next, so that what is free
        /// soon does not depend on when the test runs.
        case usual
        case always
    }

    /// The hours of those who are asked for, from now on; everybody else keeps their usual ones.
    func setHours(_ hours: Hours) throws {
        guard self.hours.withLock({ $0 != hours }) else { return }
        try rig.cluster.sql(Self.hours(hours, of: specialists) + "SELECT rebuild_free_spans(id) FROM week;")
        try rig.cluster.sql("VACUUM ANALYZE consilium.availability_date, consilium.free_span")
        self.hours.withLock { $0 = hours }
    }

    /// Leaves the temporary table `week`: id, opens, closes in minutes of the clock's day, ISO weekdays.
    static func hours(_ hours: Hours, of specialists: [String]) -> String {
        let (opens, length, works) =
            hours == .usual
            ? ("60 * (nth % 17)", 480, "(day + nth) % 7 < 5")
            : ("0", 1440, "true")
        return """
            SET search_path = consilium;
            SET session_replication_role = replica;
            CREATE TEMPORARY TABLE week AS
                SELECT id, (\(opens))::integer AS opens, (\(opens))::integer + \(length) AS closes,
                    ARRAY(SELECT day FROM generate_series(1, 7) day WHERE \(works)) AS days
                FROM unnest('{\(specialists.joined(separator: ","))}'::uuid[]) WITH ORDINALITY s (id, nth);
            DELETE FROM availability_date WHERE specialist_id IN (SELECT id FROM week);
            DELETE FROM availability_rule WHERE specialist_id IN (SELECT id FROM week);
            DELETE FROM availability_set WHERE specialist_id IN (SELECT id FROM week);
            INSERT INTO availability_set (id, specialist_id) SELECT id, id FROM week;
            INSERT INTO availability_rule (id, specialist_id, set_id, rrule, start_date, starts, ends)
            SELECT id, id, id, 'FREQ=WEEKLY;BYDAY=' || array_to_string(ARRAY(
                    SELECT ('{MO,TU,WE,TH,FR,SA,SU}'::text[])[day] FROM unnest(days) day), ','),
                '2026-01-01', (opens / 60 || ':00')::time, (closes / 60 || ':00')::time
            FROM week;
            INSERT INTO availability_date (specialist_id, on_date, rule_id, opens, closes)
            SELECT w.id, d, w.id, w.opens, w.closes
            FROM week w JOIN availability_horizon h ON h.specialist_id = w.id,
                generate_series(current_date - 1, h.until, interval '1 day') d
            WHERE extract(isodow FROM d) = ANY (w.days);

            """
    }

    /// Whether the index says what hours and consults say, of everybody who is asked for and of a sample of the others.
    func isIndexTrue() throws -> Bool {
        try rig.cluster.count(
            """
            WITH asked AS (
                SELECT unnest('{\(specialists.joined(separator: ","))}'::uuid[]) AS id
            ), looked_at AS (
                TABLE asked UNION ALL (SELECT id FROM consilium.specialist WHERE id NOT IN (TABLE asked)
                    ORDER BY md5(id::text) LIMIT 100)
            )
            SELECT (SELECT count(*) FROM looked_at l, consilium.check_free_spans(l.id))
                + (SELECT count(*) FROM looked_at l
                    WHERE NOT EXISTS (SELECT FROM consilium.free_span f WHERE f.specialist_id = l.id))
            """) == 0
    }
}
