package import FoundationEssentials

/// `timestamptz`: microseconds since 2000-01-01 00:00 UTC. `Date.distantPast` and what lies before it is `-infinity`,
/// `Date.distantFuture` and what lies after it `infinity`, and back.
extension Date: SQLValue {
    package static var sqlType: SQLType { .timestamptz }

    /// From Foundation's reference, 2001-01-01, back to PostgreSQL's, 2000-01-01: 366 days.
    private static let postgresEpoch = 31_622_400.0

    package func encode(into bytes: inout [UInt8]) throws {
        guard !timeIntervalSinceReferenceDate.isNaN else { throw UnsendableValue(type: "Date") }
        let microseconds: Int64 =
            if self <= .distantPast {
                .min
            } else if self >= .distantFuture {
                .max
            } else {
                // Between the years 1 and 4001 this is far inside an Int64.
                Int64((timeIntervalSinceReferenceDate * 1e6).rounded()) + Int64(Self.postgresEpoch * 1e6)
            }
        bytes.append(bigEndian: microseconds)
    }

    package static func decode(from cell: SQLCell) throws -> Date {
        guard cell.type == SQLType.timestamptz.oid else { throw cell.mismatch(Date.self) }
        let microseconds = try cell.integer(Int64.self, for: Date.self)
        if microseconds == .min { return .distantPast }
        if microseconds == .max { return .distantFuture }
        return Date(timeIntervalSinceReferenceDate: Double(microseconds) / 1e6 - postgresEpoch)
    }
}

/// `tstzrange`, from the lower bound (within) to the upper (without). An end at `Date.distantPast` or
/// `Date.distantFuture` is unbounded, and back; an empty range reads as an empty range.
extension Range: SQLElement, SQLDecodable, SQLValue where Bound == Date {
    package static var sqlType: SQLType { .tstzrange }

    /// The flags of `range_send` (`src/include/utils/rangetypes.h`).
    private enum Flag {
        static var empty: UInt8 { 0x01 }
        static var lowerInclusive: UInt8 { 0x02 }
        static var lowerInfinite: UInt8 { 0x08 }
        static var upperInfinite: UInt8 { 0x10 }
    }

    package func encode(into bytes: inout [UInt8]) throws {
        guard !isEmpty else { return bytes.append(Flag.empty) }
        let isLowerInfinite = lowerBound <= .distantPast
        let isUpperInfinite = upperBound >= .distantFuture
        bytes.append(
            (isLowerInfinite ? Flag.lowerInfinite : Flag.lowerInclusive)
                | (isUpperInfinite ? Flag.upperInfinite : 0))
        if !isLowerInfinite { try bytes.appendCounted { try lowerBound.encode(into: &$0) } }
        if !isUpperInfinite { try bytes.appendCounted { try upperBound.encode(into: &$0) } }
    }

    package static func decode(from cell: SQLCell) throws -> Range<Date> {
        let bytes = try cell.require(SQLType.tstzrange.oid, for: Range<Date>.self)
        guard let flags = bytes.first else { throw cell.mismatch(Range<Date>.self) }
        let epoch = Date(timeIntervalSinceReferenceDate: 0)
        if flags & Flag.empty != 0 { return epoch..<epoch }
        var offset = 1
        func bound() throws -> Date {
            let date = try cell.part(SQLType.timestamptz.oid, at: offset + 4, count: 8, for: Range<Date>.self)
            offset += 12
            return try Date.decode(from: date)
        }
        let lower = flags & Flag.lowerInfinite != 0 ? Date.distantPast : try bound()
        let upper = flags & Flag.upperInfinite != 0 ? Date.distantFuture : try bound()
        guard lower <= upper else { throw cell.mismatch(Range<Date>.self) }
        return lower..<upper
    }
}

/// `interval`, in exact microseconds. An interval of months has no fixed length and is not read.
extension Duration: SQLValue {
    package static var sqlType: SQLType { .interval }

    package func encode(into bytes: inout [UInt8]) throws {
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        let (microseconds, carry) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000_000)
        guard !overflow, !carry else { throw UnsendableValue(type: "Duration") }
        bytes.append(bigEndian: microseconds)
        bytes.append(bigEndian: Int32(0))
        bytes.append(bigEndian: Int32(0))
    }

    package static func decode(from cell: SQLCell) throws -> Duration {
        guard cell.type == SQLType.interval.oid, try cell.integer(Int32.self, at: 12, for: Duration.self) == 0 else {
            throw cell.mismatch(Duration.self)
        }
        let days = try cell.integer(Int32.self, at: 8, for: Duration.self)
        return .microseconds(try cell.integer(Int64.self, for: Duration.self)) + .seconds(86_400 * Int64(days))
    }
}
