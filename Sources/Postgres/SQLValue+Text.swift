package import FoundationEssentials

/// Text travels without a declared type, so that the server reads it as what the place asks for: `text`, an
/// enumeration, a `date` (which reads as `YYYY-MM-DD`). Where the place does not say (`jsonb_build_object`, `$1 || $2`) write `\(value)::text`.
/// An array of text is declared `text[]`.
extension String: SQLValue {
    package static var sqlType: SQLType { .text }

    package func encode(into bytes: inout [UInt8]) throws {
        // libpq reads a text parameter up to its first NUL: what stands behind one would be lost silently.
        guard !utf8.contains(0) else { throw UnsendableValue(type: "String") }
        bytes.append(contentsOf: utf8)
    }

    package static func decode(from cell: SQLCell) throws -> String {
        if cell.type == SQLTypeID.date { return try calendarDate(from: cell) }
        guard let bytes = cell.bytes, !SQLTypeID.notText.contains(cell.type) else { throw cell.mismatch(String.self) }
        // `jsonb_send` puts a version in front of the text.
        if cell.type == SQLTypeID.jsonb { return String(decoding: bytes.dropFirst(), as: UTF8.self) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A `date` as `YYYY-MM-DD`, from its days since 2000-01-01 by the proleptic Gregorian calendar.
    private static func calendarDate(from cell: SQLCell) throws -> String {
        let day = Int(try cell.integer(Int32.self, for: String.self))
        // Days since 0000-03-01: in years that begin in March the leap day is the last. An era has 400 years.
        let days = day + 730_425
        let era = days / 146_097
        let dayOfEra = days % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        guard days >= 0, (1...9999).contains(year) else { throw cell.mismatch(String.self) }
        func padded(_ number: Int, to width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: Swift.max(0, width - digits.count)) + digits
        }
        let dayOfMonth = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        return "\(padded(year, to: 4))-\(padded(month, to: 2))-\(padded(dayOfMonth, to: 2))"
    }
}

extension UUID: SQLValue {
    package static var sqlType: SQLType { .uuid }

    package func encode(into bytes: inout [UInt8]) {
        withUnsafeBytes(of: uuid) { bytes.append(contentsOf: $0) }
    }

    package static func decode(from cell: SQLCell) throws -> UUID {
        let bytes = try cell.require(SQLType.uuid.oid, for: UUID.self)
        guard bytes.count == 16 else { throw cell.mismatch(UUID.self) }
        return UUID(uuid: bytes.loadUnaligned(as: uuid_t.self))
    }
}
