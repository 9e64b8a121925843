import Clinic
import Postgres

/// The rules of the fields that sign-up, the operator's command and a change of particulars share.
enum AccountFields {
    static func checkName(_ name: String) throws { try checkText(name, at: "/name", max: 200) }
    static func checkPhone(_ phone: String) throws { try checkText(phone, at: "/phone", max: 40) }
    static func checkAddress(_ address: String) throws { try checkText(address, at: "/address", max: 500) }

    /// A name goes into the headers of mails and calendars: it is one line.
    static func checkOneLine(_ text: String, at pointer: String) throws {
        guard !text.contains(where: \.isNewline) else {
            throw FieldRefusal(pointer, rule: "one_line", "must be one line")
        }
    }

    /// BCP 47, as far as the form goes.
    static func checkLanguage(_ language: String, at pointer: String = "/language") throws {
        let parts = language.split(separator: "-", omittingEmptySubsequences: false)
        let letters = parts.first?.allSatisfy { $0.isASCII && $0.isLetter } ?? false
        guard letters, (2...3).contains(parts[0].count), parts.count <= 4,
            parts.dropFirst().allSatisfy({ part in
                (2...8).contains(part.count) && part.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
            })
        else { throw FieldRefusal(pointer, rule: "format", "must be a language tag, as en or es-MX") }
    }

    static func check(_ particulars: Particulars) throws {
        try checkName(particulars.name)
        try checkOneLine(particulars.name, at: "/name")
        if let phone = particulars.contact.phone {
            try checkPhone(phone)
            try checkOneLine(phone, at: "/phone")
        }
        if let address = particulars.contact.address { try checkAddress(address) }
    }

    /// What only the database knows: its zones, and what day it is.
    static func check(birthDate: CivilDate, timeZone: String, in tx: Transaction) async throws {
        try await check(timeZone: timeZone, in: tx)
        guard try await tx.first(isPast(birthDate))?.decode(Bool.self) == true else {
            throw FieldRefusal("/birthDate", rule: "past", "must not lie in the future")
        }
    }

    static func check(timeZone: String, in tx: Transaction) async throws {
        guard !timeZone.utf8.contains(0),
            try await tx.first("SELECT consilium.is_zone(\(timeZone)::text)")?.decode(Bool.self) == true
        else { throw FieldRefusal("/timeZone", rule: "zone", "must be an IANA time zone, as America/New_York") }
    }

    /// The day is the latest that it is anywhere.
    private static func isPast(_ birthDate: CivilDate) -> SQL {
        "SELECT \(birthDate.rawValue)::date <= (clock_timestamp() AT TIME ZONE 'Pacific/Kiritimati')::date"
    }
}
