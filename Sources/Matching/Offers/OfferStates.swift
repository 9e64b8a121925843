import Postgres

/// The states of an offer; the legal moves between them are rows of the database's `transition` table.
package enum OfferState: String, Codable, Sendable, CaseIterable, SQLValue {
    case waiting, accepted, declined, lapsed, withdrawn
}

/// Why a specialist declines, as a code: no text about a patient is needed.
package enum DeclineReason: String, Codable, Sendable, CaseIterable, SQLValue {
    case capacity
    case outsideExpertise = "outside_expertise"
    case conflictOfInterest = "conflict_of_interest"
    case needsMoreRecords = "needs_more_records"
    case other
}
