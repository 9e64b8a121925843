import Clinic
package import Postgres

/// A kind of consult with its policy, of which the current version is shown.
package struct VisitType: Codable, Sendable, Hashable {
    /// As `consult-45`.
    package let id: String
    package let durationMinutes: Int
    /// How soon before its start a consult can still be booked.
    package let noticeMinutes: Int
    /// How far ahead it can be booked.
    package let horizonDays: Int
    /// How long a hold keeps an opening.
    package let holdMinutes: Int
    /// How long before the start the patient's side may still move or cancel.
    package let changeUntilMinutes: Int
    /// How long before the start one can join.
    package let joinBeforeMinutes: Int

    package init(
        id: String, durationMinutes: Int, noticeMinutes: Int, horizonDays: Int, holdMinutes: Int,
        changeUntilMinutes: Int, joinBeforeMinutes: Int
    ) {
        self.id = id
        self.durationMinutes = durationMinutes
        self.noticeMinutes = noticeMinutes
        self.horizonDays = horizonDays
        self.holdMinutes = holdMinutes
        self.changeUntilMinutes = changeUntilMinutes
        self.joinBeforeMinutes = joinBeforeMinutes
    }

    /// What a search looks for that names none.
    package static let usual = "consult-45"
}

extension Scheduler {
    /// The kinds of consult that can be booked, shortest first.
    package func visitTypes(in tx: Transaction) async throws -> [VisitType] {
        try await tx.query(
            """
            SELECT id, duration_minutes, notice_minutes, horizon_days, hold_minutes, change_until_minutes,
                join_before_minutes
            FROM visit_type WHERE current ORDER BY duration_minutes, id
            """
        ).map { row in
            let (id, duration, notice, horizon, hold, change, join) = try row.decode(
                String.self, Int.self, Int.self, Int.self, Int.self, Int.self, Int.self)
            return VisitType(
                id: id, durationMinutes: duration, noticeMinutes: notice, horizonDays: horizon, holdMinutes: hold,
                changeUntilMinutes: change, joinBeforeMinutes: join)
        }
    }

    /// - Throws: `FieldRefusal` when there is no such kind of consult now.
    func checkVisitType(_ id: String, at pointer: String = "/visitType", in tx: Transaction) async throws {
        guard try await tx.first("SELECT FROM visit_type WHERE current AND id = \(id)") != nil else {
            throw FieldRefusal(pointer, rule: "choice", "must be a visit type that can be booked")
        }
    }
}
