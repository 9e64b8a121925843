import Rig

/// What the gateway does once for many requests, counted under load: how often it does so.
struct LoadProfile: Sendable {
    /// Units of work for each commit of the audit of reads, of each lease on the rate limit; 0 for never.
    let unitsPerAudit, unitsPerLease: Double
    /// Statements of a unit, all told, without those that begin and end transactions.
    let statements: Double

    /// - Parameters:
    ///   - seconds: how long it is counted.
    ///   - requests: how many requests a unit makes.
    init(of clients: Clients, seconds: Double, requests: Int) throws {
        let counts = try Self.count(
            """
            SELECT coalesce(sum(calls) FILTER (WHERE query LIKE '%session_caller(%'), 0),
                coalesce(sum(calls) FILTER (WHERE query LIKE '%audit_reads(%'), 0),
                coalesce(sum(calls) FILTER (WHERE query LIKE '%rate_take(%'), 0),
                coalesce(sum(calls) FILTER (WHERE query NOT IN ('BEGIN', 'COMMIT')), 0)
            FROM pg_stat_statements WHERE userid = 'consilium_app'::regrole
            """, in: clients.system.rig.cluster
        ) { _ = try clients.run(.closed(seconds: seconds)) }
        guard counts.count == 4, counts[0] > 0 else { throw RigFailure.waited("pg_stat_statements to count") }
        let units = counts[0] / Double(requests)
        unitsPerAudit = counts[1] > 0 ? units / counts[1] : 0
        unitsPerLease = counts[2] > 0 ? units / counts[2] : 0
        statements = counts[3] / units
    }

    /// Rows that a call of a function brought while `work` went on; 0 when there was none.
    static func rows(of function: String, in cluster: Cluster, while work: () throws -> Void) throws -> Double {
        try count(
            """
            SELECT coalesce(sum(rows) / sum(calls), 0) FROM pg_stat_statements
            WHERE userid = 'consilium_app'::regrole AND query ~ '[ .]\(function)[(]'
            """, in: cluster, while: work
        ).first ?? 0
    }

    /// The numbers that a query finds in `pg_stat_statements`, which is switched on for as long as `work` takes.
    private static func count(
        _ query: String, in cluster: Cluster, while work: () throws -> Void
    ) throws -> [Double] {
        try cluster.sql(
            "ALTER SYSTEM SET pg_stat_statements.track = 'top'; SELECT pg_reload_conf(), pg_stat_statements_reset()")
        try work()
        let counts = try cluster.sql(query)[0].compactMap(Double.init)
        try cluster.sql("ALTER SYSTEM SET pg_stat_statements.track = 'none'; SELECT pg_reload_conf()")
        return counts
    }
}
