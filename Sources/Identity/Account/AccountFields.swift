import Clinic
import Postgres

/// The field rules that sign-up, the operator's command and a change of the profile share.
enum AccountFields {
    static let name = TextRule.line(max: 200)
    static let phone = TextRule.line(max: 40)
    static let address = TextRule.lines(max: 500)

    static func check(_ particulars: Particulars) throws {
        try name.check(particulars.name, at: "/name")
        if let phone = particulars.contact.phone { try self.phone.check(phone, at: "/phone") }
        if let address = particulars.contact.address { try self.address.check(address, at: "/address") }
    }

    /// What only the database knows: time zones, and today's date.
    static func check(birthDate: CivilDate, timeZone: String, in tx: Transaction) async throws {
        try await check(timeZone: timeZone, in: tx)
        guard try await tx.first(isPast(birthDate))?.decode(Bool.self) == true else {
            throw FieldRefusal("/birthDate", rule: "past", "must not lie in the future")
        }
    }

    static func check(timeZone: String, at pointer: String = "/timeZone", in tx: Transaction) async throws {
        guard !timeZone.utf8.contains(0),
            try await tx.first("SELECT consilium.is_zone(\(timeZone)::text)")?.decode(Bool.self) == true
        else { throw FieldRefusal(pointer, rule: "zone", "must be an IANA time zone, as America/New_York") }
    }

    /// Today is the latest date anywhere on Earth.
    private static func isPast(_ birthDate: CivilDate) -> SQL {
        "SELECT \(birthDate.rawValue)::date <= (clock_timestamp() AT TIME ZONE 'Pacific/Kiritimati')::date"
    }
}
