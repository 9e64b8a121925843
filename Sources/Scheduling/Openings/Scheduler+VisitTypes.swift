package import Clinic
package import Postgres

extension Scheduler {
    /// The kinds of consult that can be booked, shortest first.
    package func visitTypes(in tx: Transaction) async throws -> [VisitType] {
        try await tx.query(VisitTypeSQL.current).map(VisitType.init)
    }

    /// Makes a new version of a kind of consult, or a new kind. What is booked stays under its version.
    /// - Parameter expected: the version that was edited; 0 for a new kind.
    /// - Throws: `FieldRefusal`; `VersionRefusal.changedMeanwhile`.
    package func setVisitType(
        _ id: String, to policy: VisitPolicy, ifVersion expected: ExpectedVersion, by caller: Caller, in tx: Transaction
    ) async throws -> VisitType {
        try policy.check()
        let known = try await tx.first("SELECT max(version) FROM consilium.visit_type WHERE id = \(id)")?.decode(
            Int?.self)
        let version = (known ?? nil) ?? 0
        try expected.check(version)
        guard version > 0 || expected.namesVersions || expected.holdsForNone,
            try await tx.execute(VisitTypeSQL.retire(id, version: version)) == (version == 0 ? 0 : 1)
        else { throw VersionRefusal.changedMeanwhile }
        // Somebody else may make the new kind at the same moment.
        _ = try await refusing("visit_type_pkey", as: VersionRefusal.changedMeanwhile) {
            try await tx.execute(VisitTypeSQL.insert(id, version: version + 1, policy))
        }
        return VisitType(id: id, version: version + 1, policy: policy)
    }

    /// - Throws: `FieldRefusal` when there is no such kind of consult now.
    func checkVisitType(_ id: String, in tx: Transaction) async throws {
        _ = try await bookedBy(tx.enqueue(VisitTypeSQL.bookedBy(id)))
    }

    /// Who books consults of a kind.
    /// - Throws: `FieldRefusal` when there is no such kind now.
    func bookedBy(_ answer: Pending) async throws -> [ConsultSide] {
        guard let row = try await answer.first() else {
            throw FieldRefusal("/visitType", rule: "choice", "must be a visit type that can be booked")
        }
        return try row.decode([ConsultSide].self)
    }
}

extension VisitType {
    fileprivate init(_ row: Row) throws {
        id = try row.decode("id")
        version = try row.decode("version")
        var policy = VisitPolicy()
        policy.durationMinutes = try row.decode("duration_minutes")
        policy.bufferBeforeMinutes = try row.decode("buffer_before_minutes")
        policy.bufferAfterMinutes = try row.decode("buffer_after_minutes")
        policy.granularityMinutes = try row.decode("granularity_minutes")
        policy.noticeMinutes = try row.decode("notice_minutes")
        policy.horizonDays = try row.decode("horizon_days")
        policy.holdMinutes = try row.decode("hold_minutes")
        policy.mostPerDay = try row.decode("most_per_day")
        policy.mostPerWeek = try row.decode("most_per_week")
        policy.bookedBy = try row.decode("booked_by")
        policy.rescheduledBy = try row.decode("rescheduled_by")
        policy.cancelledBy = try row.decode("cancelled_by")
        policy.rescheduleUntilMinutes = try row.decode("reschedule_until_minutes")
        policy.cancelUntilMinutes = try row.decode("cancel_until_minutes")
        policy.lateCancelConsequence = try row.decode("late_cancel_consequence")
        policy.noShowConsequence = try row.decode("no_show_consequence")
        policy.noShowGraceMinutes = try row.decode("no_show_grace_minutes")
        policy.joinBeforeMinutes = try row.decode("join_before_minutes")
        self.policy = policy
    }
}

enum VisitTypeSQL {
    private static let columns: SQL = """
        id, version, duration_minutes, buffer_before_minutes, buffer_after_minutes, granularity_minutes,
            notice_minutes, horizon_days, hold_minutes, most_per_day, most_per_week, booked_by, rescheduled_by,
            cancelled_by, reschedule_until_minutes, cancel_until_minutes, late_cancel_consequence,
            no_show_consequence, no_show_grace_minutes, join_before_minutes
        """

    static let current: SQL =
        "SELECT \(fragment: columns) FROM consilium.visit_type WHERE current ORDER BY duration_minutes, id"

    static func bookedBy(_ id: String) -> SQL {
        "SELECT booked_by FROM consilium.visit_type WHERE current AND id = \(id)"
    }

    static func retire(_ id: String, version: Int) -> SQL {
        "UPDATE consilium.visit_type SET current = false WHERE id = \(id) AND version = \(Int32(clamping: version)) AND current"
    }

    static func insert(_ id: String, version: Int, _ policy: VisitPolicy) -> SQL {
        let numbers = [
            version, policy.durationMinutes, policy.bufferBeforeMinutes, policy.bufferAfterMinutes,
            policy.granularityMinutes, policy.noticeMinutes, policy.horizonDays, policy.holdMinutes,
        ].map { Int32(clamping: $0) }
        return """
            INSERT INTO consilium.visit_type (current, \(fragment: columns))
            VALUES (true, \(id), \(numbers[0]), \(numbers[1]), \(numbers[2]), \(numbers[3]), \(numbers[4]),
                \(numbers[5]), \(numbers[6]), \(numbers[7]), \(policy.mostPerDay.map { Int32(clamping: $0) }),
                \(policy.mostPerWeek.map { Int32(clamping: $0) }), \(policy.bookedBy), \(policy.rescheduledBy),
                \(policy.cancelledBy), \(Int32(clamping: policy.rescheduleUntilMinutes)),
                \(Int32(clamping: policy.cancelUntilMinutes)), \(policy.lateCancelConsequence),
                \(policy.noShowConsequence), \(Int32(clamping: policy.noShowGraceMinutes)),
                \(Int32(clamping: policy.joinBeforeMinutes)))
            """
    }
}
