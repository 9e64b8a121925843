/// One column of one row, as the server sent it, for the time of a decoding.
package struct SQLCell {
    /// The object id of the column's type.
    package let type: UInt32
    /// The value in binary format; `nil` for NULL. Valid only while the row that it came from is.
    package let bytes: UnsafeRawBufferPointer?
    /// The name of the column, as the result keeps it.
    let name: UnsafePointer<CChar>?

    package var isNull: Bool { bytes == nil }

    /// The error of a column that cannot be read as `type`.
    package func mismatch(_ type: Any.Type) -> RowMismatch {
        RowMismatch(column: name.map { String(cString: $0) } ?? "", columnType: self.type, expected: "\(type)")
    }

    /// The bytes of a column that must not be NULL, and must be of a type.
    func require(_ expected: UInt32, for swiftType: Any.Type) throws -> UnsafeRawBufferPointer {
        guard let bytes, type == expected else { throw mismatch(swiftType) }
        return bytes
    }

    /// An integer in network byte order at `offset`.
    func integer<Integer: FixedWidthInteger>(
        _: Integer.Type, at offset: Int = 0, for swiftType: Any.Type
    ) throws -> Integer {
        guard let bytes, offset >= 0, bytes.count - offset >= MemoryLayout<Integer>.size else {
            throw mismatch(swiftType)
        }
        return Integer(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Integer.self))
    }

    /// A `timestamp`, of no zone: microseconds since 2000-01-01 00:00.
    package func timestamp(for swiftType: Any.Type) throws -> Int64 {
        guard type == SQLTypeID.timestamp else { throw mismatch(swiftType) }
        let microseconds = try integer(Int64.self, for: swiftType)
        // The ends stand for the infinities.
        guard microseconds != .min, microseconds != .max else { throw mismatch(swiftType) }
        return microseconds
    }

    /// The part of this cell from `offset`, as a cell of type `type`.
    func part(_ type: UInt32, at offset: Int, count: Int, for swiftType: Any.Type) throws -> SQLCell {
        guard let bytes, offset >= 0, count >= 0, bytes.count - offset >= count else { throw mismatch(swiftType) }
        return SQLCell(
            type: type, bytes: UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count]), name: name)
    }
}

extension [UInt8] {
    /// Appends an integer in network byte order.
    mutating func append<Integer: FixedWidthInteger>(bigEndian value: Integer) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }

    /// Appends what `body` appends, behind its length as an `Int32`.
    mutating func appendCounted(_ body: (inout [UInt8]) throws -> Void) throws {
        let start = count
        append(bigEndian: Int32(0))
        try body(&self)
        let length = Int32(truncatingIfNeeded: count - start - 4)
        Swift.withUnsafeBytes(of: length.bigEndian) { replaceSubrange(start..<start + 4, with: $0) }
    }
}
