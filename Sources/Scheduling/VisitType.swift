package import Clinic
package import Postgres

/// A kind of consult with its policy. A change is a new version; an appointment is judged by the version that it was
/// booked under.
package struct VisitType: Codable, Sendable, Hashable {
    /// As `consult-45`.
    package let id: String
    package let version: Int
    package let policy: VisitPolicy

    package init(id: String, version: Int, policy: VisitPolicy) {
        self.id = id
        self.version = version
        self.policy = policy
    }

    /// What a search looks for that names none.
    package static let usual = "consult-45"
}

/// Who of a consult's people may do something with it.
package enum ConsultSide: String, Codable, Sendable, CaseIterable, SQLValue {
    /// The patient and her caregiver, or in the peer-to-peer lane the treating clinician.
    case party
    case specialist, coordinator
}

/// What holds for consults of a kind.
package struct VisitPolicy: Codable, Sendable, Hashable {
    package var durationMinutes = 45
    /// What the specialist's calendar keeps free before and after.
    package var bufferBeforeMinutes = 0
    package var bufferAfterMinutes = 15
    /// Starts lie on the wall clock's multiples of this, counted from midnight.
    package var granularityMinutes = 15
    /// How soon before its start a consult can still be booked.
    package var noticeMinutes = 120
    /// How far ahead it can be booked.
    package var horizonDays = 90
    /// How long a hold keeps an opening.
    package var holdMinutes = 10
    /// How many of this kind a specialist has at most on one of her days, and in one of her weeks, which begin on Monday.
    package var mostPerDay: Int?
    package var mostPerWeek: Int?
    /// Of the party and the coordinator: a specialist's own wish is hers to tell them.
    package var bookedBy: [ConsultSide] = [.party, .coordinator]
    package var rescheduledBy: [ConsultSide] = ConsultSide.allCases
    package var cancelledBy: [ConsultSide] = ConsultSide.allCases
    /// How long before the start the party's side may still move it.
    package var rescheduleUntilMinutes = 240
    /// How long before the start the party's side may still cancel it freely.
    package var cancelUntilMinutes = 240
    /// The programme's code for what a later cancellation brings, as `fee-50`; nil where it is not possible.
    package var lateCancelConsequence: String?
    /// The code for what not coming brings.
    package var noShowConsequence: String?
    /// How long after the start the party counts as late before it counts as not come.
    package var noShowGraceMinutes = 10
    /// How long before the start one can join.
    package var joinBeforeMinutes = 15

    package init() {}
}

extension VisitPolicy {
    /// - Throws: `FieldRefusal` that names the place and its rule.
    func check() throws(FieldRefusal) {
        let numbers = [
            ("durationMinutes", durationMinutes), ("bufferBeforeMinutes", bufferBeforeMinutes),
            ("bufferAfterMinutes", bufferAfterMinutes), ("noticeMinutes", noticeMinutes),
            ("horizonDays", horizonDays), ("holdMinutes", holdMinutes), ("mostPerDay", mostPerDay),
            ("mostPerWeek", mostPerWeek), ("rescheduleUntilMinutes", rescheduleUntilMinutes),
            ("cancelUntilMinutes", cancelUntilMinutes), ("noShowGraceMinutes", noShowGraceMinutes),
            ("joinBeforeMinutes", joinBeforeMinutes),
        ]
        for (name, number) in numbers {
            guard let range = Self.ranges[name] else { preconditionFailure("\(name) has no range") }
            if let number { try FieldRule.check(number, in: range, at: "/\(name)") }
        }
        guard Self.granularities.contains(granularityMinutes) else {
            throw FieldRefusal("/granularityMinutes", rule: "choice", "must be one of \(Self.granularities)")
        }
        for (name, sides) in [("bookedBy", bookedBy), ("rescheduledBy", rescheduledBy), ("cancelledBy", cancelledBy)] {
            try FieldRule.check(count: sides.count, in: Self.sides, at: "/\(name)")
            try FieldRule.checkUnique(sides, at: "/\(name)")
        }
        guard bookedBy.allSatisfy(Self.bookers.contains) else {
            throw FieldRefusal("/bookedBy", rule: "choice", "must be party or coordinator")
        }
        let codes = [("lateCancelConsequence", lateCancelConsequence), ("noShowConsequence", noShowConsequence)]
        for (name, code) in codes {
            if let code { try TextRule.form(.word).check(code, at: "/\(name)") }
        }
    }
}

extension VisitPolicy: Ruled {
    private static let ranges: [String: ClosedRange<Int>] = [
        "durationMinutes": 5...480, "bufferBeforeMinutes": 0...240, "bufferAfterMinutes": 0...240,
        "noticeMinutes": 0...43_200, "horizonDays": horizons, "holdMinutes": 1...1440, "mostPerDay": 1...100,
        "mostPerWeek": 1...500, "rescheduleUntilMinutes": 0...43_200, "cancelUntilMinutes": 0...43_200,
        "noShowGraceMinutes": 0...240, "joinBeforeMinutes": 0...120,
    ]
    /// How many days ahead a kind of consult can be booked.
    static let horizons = 1...365
    private static let granularities = [5, 10, 15, 20, 30, 60]
    private static let sides = 1...ConsultSide.allCases.count
    private static let bookers: [ConsultSide] = [.party, .coordinator]

    package static let rules: [String: FieldRule] = {
        var rules = ranges.mapValues(FieldRule.number)
        rules["granularityMinutes"] = .oneOf(granularities)
        rules["bookedBy"] = .list(sides, each: .word(bookers.map(\.rawValue)), isUnique: true)
        rules["rescheduledBy"] = .list(sides, isUnique: true)
        rules["cancelledBy"] = .list(sides, isUnique: true)
        rules["lateCancelConsequence"] = .text(.form(.word))
        rules["noShowConsequence"] = .text(.form(.word))
        return rules
    }()
}

extension Scheduler {
    /// The kinds of consult that can be booked, shortest first.
    package func visitTypes(in tx: Transaction) async throws -> [VisitType] {
        try await tx.query(VisitTypeSQL.current).map(VisitType.init)
    }

    /// Makes a new version of a kind of consult, or a new kind. Whatever is booked stays as it was booked.
    /// - Parameter expected: the version that was edited; 0 for a new kind.
    /// - Throws: `FieldRefusal`; `VersionRefusal.changedMeanwhile`.
    package func setVisitType(
        _ id: String, to policy: VisitPolicy, ifVersion expected: ExpectedVersion, by caller: Caller, in tx: Transaction
    ) async throws -> VisitType {
        try policy.check()
        let known = try await tx.first("SELECT max(version) FROM visit_type WHERE id = \(id)")?.decode(Int?.self)
        let version = (known ?? nil) ?? 0
        guard expected.holds(for: version), version > 0 || expected.namesVersions || expected.holdsForNone,
            try await tx.execute(VisitTypeSQL.retire(id, version: version)) == (version == 0 ? 0 : 1)
        else { throw VersionRefusal.changedMeanwhile }
        do {
            try await tx.execute(VisitTypeSQL.insert(id, version: version + 1, policy))
        } catch let error as DatabaseError where error.constraint == "visit_type_pkey" {
            // Another has made the new kind at the same moment.
            throw VersionRefusal.changedMeanwhile
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
        var policy = VisitPolicy()
        (
            id, version, policy.durationMinutes, policy.bufferBeforeMinutes, policy.bufferAfterMinutes,
            policy.granularityMinutes, policy.noticeMinutes, policy.horizonDays, policy.holdMinutes, policy.mostPerDay,
            policy.mostPerWeek, policy.bookedBy, policy.rescheduledBy, policy.cancelledBy,
            policy.rescheduleUntilMinutes, policy.cancelUntilMinutes, policy.lateCancelConsequence,
            policy.noShowConsequence, policy.noShowGraceMinutes, policy.joinBeforeMinutes
        ) = try row.decode(
            String.self, Int.self, Int.self, Int.self, Int.self, Int.self, Int.self, Int.self, Int.self, Int?.self,
            Int?.self, [ConsultSide].self, [ConsultSide].self, [ConsultSide].self, Int.self, Int.self, String?.self,
            String?.self, Int.self, Int.self)
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

    static let current: SQL = "SELECT \(fragment: columns) FROM visit_type WHERE current ORDER BY duration_minutes, id"

    static func bookedBy(_ id: String) -> SQL { "SELECT booked_by FROM visit_type WHERE current AND id = \(id)" }

    static func retire(_ id: String, version: Int) -> SQL {
        "UPDATE visit_type SET current = false WHERE id = \(id) AND version = \(Int32(clamping: version)) AND current"
    }

    static func insert(_ id: String, version: Int, _ policy: VisitPolicy) -> SQL {
        let numbers = [
            version, policy.durationMinutes, policy.bufferBeforeMinutes, policy.bufferAfterMinutes,
            policy.granularityMinutes, policy.noticeMinutes, policy.horizonDays, policy.holdMinutes,
        ].map { Int32(clamping: $0) }
        return """
            INSERT INTO visit_type (current, \(fragment: columns))
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
