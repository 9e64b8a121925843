import Rig

/// What the gateway does once for many requests, counted under load: how often it does so.
struct Habits: Sendable {
    /// Units of work for each commit of the audit of reads, of each lease on the rate limit; 0 for never.
    let unitsPerAudit, unitsPerLease: Double
    /// Statements of a unit, all told, without those that begin and end transactions.
    let statements: Double

    /// Counts by `pg_stat_statements`, which is switched on for a moment.
    /// - Parameter requests: how many requests a unit makes.
    init(of clients: Clients, requests: Int) throws {
        let cluster = clients.stage.rig.cluster
        try cluster.sql(
            "ALTER SYSTEM SET pg_stat_statements.track = 'top'; SELECT pg_reload_conf(), pg_stat_statements_reset()")
        _ = try clients.closedLoop(seconds: 1)
        let counts = try cluster.sql(
            """
            SELECT coalesce(sum(calls) FILTER (WHERE query LIKE '%session_caller(%'), 0),
                coalesce(sum(calls) FILTER (WHERE query LIKE '%audit_reads(%'), 0),
                coalesce(sum(calls) FILTER (WHERE query LIKE '%rate_take(%'), 0),
                coalesce(sum(calls) FILTER (WHERE query NOT IN ('BEGIN', 'COMMIT')), 0)
            FROM pg_stat_statements WHERE userid = 'consilium_app'::regrole
            """)[0].compactMap(Double.init)
        try cluster.sql("ALTER SYSTEM SET pg_stat_statements.track = 'none'; SELECT pg_reload_conf()")
        guard counts.count == 4, counts[0] > 0 else { throw RigFailure.waited("pg_stat_statements to count") }
        let units = counts[0] / Double(requests)
        unitsPerAudit = counts[1] > 0 ? units / counts[1] : 0
        unitsPerLease = counts[2] > 0 ? units / counts[2] : 0
        statements = counts[3] / units
    }
}
