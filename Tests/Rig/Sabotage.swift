/// Ways to take from a database what keeps P1, for controls: each is a script for its owner in the program's schema.
package enum Sabotage {
    /// The rows that are locked, hidden by a view over a function.
    package static let withoutLocks = """
        ALTER TABLE calendar RENAME TO locked_calendar;
        CREATE FUNCTION all_calendars() RETURNS SETOF uuid LANGUAGE plpgsql SECURITY DEFINER
            AS 'BEGIN RETURN QUERY SELECT person_id FROM consilium.locked_calendar; END';
        CREATE VIEW calendar AS SELECT person_id FROM all_calendars() AS person_id;
        GRANT EXECUTE ON FUNCTION all_calendars() TO PUBLIC;
        GRANT SELECT, UPDATE ON calendar TO consilium_app;

        """
    /// The index of free time goes with it: two bookings of one piece would break its key.
    package static let withoutExclusion = """
        ALTER TABLE busy DROP CONSTRAINT busy_overlap;
        CREATE INDEX busy_during ON busy USING gist (person_id, during);
        ALTER TABLE busy DISABLE TRIGGER free_spans_on_insert, DISABLE TRIGGER free_spans_on_delete;

        """

    /// Between look and write each waits, longer than it takes a busy machine to open all connections: else the first come
    /// one after the other, each sees what the one before took, and soon nothing is left to race for.
    package static func dawdling(seconds: Double) -> String {
        """
        CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql
            AS 'BEGIN PERFORM pg_sleep(\(seconds)); RETURN NEW; END';
        CREATE TRIGGER dawdle BEFORE INSERT ON hold FOR EACH ROW EXECUTE FUNCTION dawdle();

        """
    }
}
