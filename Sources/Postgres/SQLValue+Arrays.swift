/// PostgreSQL's binary arrays: dimensions, a flag for NULLs, the element type, then a length and lower bound for each
/// dimension, then the elements, each behind its length (`array_send` in `src/backend/utils/adt/arrayfuncs.c`).
extension SQLElement where Self: SQLValue {
    package static var sqlArrayType: SQLType { SQLType(oid: sqlType.array, array: 0) }

    package static func encodeArray(_ elements: [Self], into bytes: inout [UInt8]) throws {
        let elementType = sqlType.oid == 0 ? 25 : sqlType.oid
        bytes.append(bigEndian: Int32(elements.isEmpty ? 0 : 1))
        bytes.append(bigEndian: Int32(0))
        bytes.append(bigEndian: elementType)
        guard !elements.isEmpty else { return }
        guard let count = Int32(exactly: elements.count) else { throw UnsendableValue(type: "\([Self].self)") }
        bytes.append(bigEndian: count)
        bytes.append(bigEndian: Int32(1))
        for element in elements {
            try bytes.appendCounted { try element.encode(into: &$0) }
        }
    }

    package static func decodeArray(from cell: SQLCell) throws -> [Self] {
        if cell.type == SQLTypeID.tstzmultirange { return try decodeMultirange(from: cell) }
        let dimensions = try cell.integer(Int32.self, for: [Self].self)
        let elementType = try cell.integer(UInt32.self, at: 8, for: [Self].self)
        if dimensions == 0 { return [] }
        guard dimensions == 1 else { throw cell.mismatch([Self].self) }
        let count = try cell.integer(Int32.self, at: 12, for: [Self].self)
        return try decodeElements(count, of: elementType, from: cell, at: 20)
    }

    /// A multirange: a count, then each range behind its length (`multirange_send`).
    private static func decodeMultirange(from cell: SQLCell) throws -> [Self] {
        let count = try cell.integer(Int32.self, for: [Self].self)
        return try decodeElements(count, of: SQLType.tstzrange.oid, from: cell, at: 4)
    }

    private static func decodeElements(
        _ count: Int32, of elementType: UInt32, from cell: SQLCell, at start: Int
    ) throws -> [Self] {
        var elements: [Self] = []
        var offset = start
        for _ in 0..<max(0, count) {
            let length = Int(try cell.integer(Int32.self, at: offset, for: [Self].self))
            let element = try cell.part(elementType, at: offset + 4, count: length, for: [Self].self)
            elements.append(try Self.decode(from: element))
            offset += 4 + length
        }
        return elements
    }
}

extension UInt8: SQLElement {
    package static var sqlArrayType: SQLType { .bytea }

    package static func encodeArray(_ elements: [UInt8], into bytes: inout [UInt8]) {
        bytes.append(contentsOf: elements)
    }

    package static func decodeArray(from cell: SQLCell) throws -> [UInt8] {
        [UInt8](try cell.require(SQLType.bytea.oid, for: [UInt8].self))
    }
}
