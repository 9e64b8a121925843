extension Bool: SQLValue {
    package static var sqlType: SQLType { .bool }

    package func encode(into bytes: inout [UInt8]) { bytes.append(self ? 1 : 0) }

    package static func decode(from cell: SQLCell) throws -> Bool {
        guard let byte = try cell.require(SQLType.bool.oid, for: Bool.self).first else {
            throw cell.mismatch(Bool.self)
        }
        return byte != 0
    }
}

/// Reads any of PostgreSQL's integers as the Swift integer, when it fits.
private func decodeInteger<Integer: FixedWidthInteger>(_: Integer.Type, from cell: SQLCell) throws -> Integer {
    let wide: Int64 =
        switch cell.type {
        case SQLType.int8.oid: try cell.integer(Int64.self, for: Integer.self)
        case SQLType.int4.oid: Int64(try cell.integer(Int32.self, for: Integer.self))
        case SQLType.int2.oid: Int64(try cell.integer(Int16.self, for: Integer.self))
        default: throw cell.mismatch(Integer.self)
        }
    guard let value = Integer(exactly: wide) else { throw cell.mismatch(Integer.self) }
    return value
}

extension Int: SQLValue {
    package static var sqlType: SQLType { .int8 }

    package func encode(into bytes: inout [UInt8]) { bytes.append(bigEndian: Int64(self)) }

    package static func decode(from cell: SQLCell) throws -> Int { try decodeInteger(Int.self, from: cell) }
}

extension Int64: SQLValue {
    package static var sqlType: SQLType { .int8 }

    package func encode(into bytes: inout [UInt8]) { bytes.append(bigEndian: self) }

    package static func decode(from cell: SQLCell) throws -> Int64 { try decodeInteger(Int64.self, from: cell) }
}

extension Int32: SQLValue {
    package static var sqlType: SQLType { .int4 }

    package func encode(into bytes: inout [UInt8]) { bytes.append(bigEndian: self) }

    package static func decode(from cell: SQLCell) throws -> Int32 { try decodeInteger(Int32.self, from: cell) }
}

extension Int16: SQLValue {
    package static var sqlType: SQLType { .int2 }

    package func encode(into bytes: inout [UInt8]) { bytes.append(bigEndian: self) }

    package static func decode(from cell: SQLCell) throws -> Int16 { try decodeInteger(Int16.self, from: cell) }
}

extension Double: SQLValue {
    package static var sqlType: SQLType { .float8 }

    package func encode(into bytes: inout [UInt8]) { bytes.append(bigEndian: bitPattern) }

    package static func decode(from cell: SQLCell) throws -> Double {
        switch cell.type {
        case SQLType.float8.oid: Double(bitPattern: try cell.integer(UInt64.self, for: Double.self))
        case SQLTypeID.float4: Double(Float(bitPattern: try cell.integer(UInt32.self, for: Double.self)))
        default: throw cell.mismatch(Double.self)
        }
    }
}
