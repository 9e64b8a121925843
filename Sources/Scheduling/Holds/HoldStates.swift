import Postgres

/// The states of a hold; the legal moves are rows of the database's `transition` table.
package enum HoldState: String, Codable, Sendable, CaseIterable, SQLValue {
    case active, booked, released, lapsed
}

/// Whether somebody asked for a hold.
package enum HoldKind: String, Codable, Sendable, CaseIterable, SQLValue {
    case asked
    /// Offered in place of a cancelled consult, or from the waitlist.
    case offered
}
