package import Clinic
import Postgres

/// A kind of consult with its policy. A change is a new version. The version under which an appointment was booked or
/// last moved applies to it.
package struct VisitType: Codable, Sendable, Hashable {
    /// As `consult-45`.
    package let id: String
    package let version: Int
    package let policy: VisitPolicy

    /// The type of a search that names none.
    package static let usual = "consult-45"
}

/// The sides of a consult, as a policy names who may do something.
package enum ConsultSide: String, Codable, Sendable, CaseIterable, SQLValue {
    /// The patient and their caregiver, or in the peer-to-peer lane the treating clinician.
    case party
    case specialist, coordinator
}

/// The rules of consults of a kind.
package struct VisitPolicy: Codable, Sendable, Hashable {
    package var durationMinutes = 45
    /// What stays free in the specialist's calendar before and after.
    package var bufferBeforeMinutes = 0
    package var bufferAfterMinutes = 15
    /// Starts lie at multiples of this after midnight, by the specialist's clock.
    package var granularityMinutes = 15
    /// How soon before its start a consult can still be booked.
    package var noticeMinutes = 120
    /// How far ahead it can be booked.
    package var horizonDays = 90
    /// How long a hold keeps an opening.
    package var holdMinutes = 10
    /// How many of this kind a specialist has at most in a day, and in a week from Monday, by their own clock.
    package var mostPerDay: Int?
    package var mostPerWeek: Int?
    /// Of the party and the coordinator. A specialist asks them to book.
    package var bookedBy: [ConsultSide] = [.party, .coordinator]
    package var rescheduledBy: [ConsultSide] = ConsultSide.allCases
    package var cancelledBy: [ConsultSide] = ConsultSide.allCases
    /// How long before the start the party's side may still move it.
    package var rescheduleUntilMinutes = 240
    /// How long before the start the party's side may still cancel it without a consequence.
    package var cancelUntilMinutes = 240
    /// The programme's code for what follows from a later cancellation, as `fee-50`; nil where the party's side cannot
    /// cancel then.
    package var lateCancelConsequence: String?
    /// The code for what follows when the party does not come.
    package var noShowConsequence: String?
    /// How long after the start the party may be marked as not come.
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

extension VisitType {
    package static let example = VisitType(id: usual, version: 2, policy: VisitPolicy())
}
