/// A value that a statement can carry as a bound parameter and that a column can be read as.
///
/// An enumeration or identifier whose `RawValue` is an `SQLValue` adopts this by declaring it: the default
/// implementations below carry the raw value.
package protocol SQLValue: SQLElement, SQLDecodable {
    /// The PostgreSQL type that a parameter of this type declares.
    static var sqlType: SQLType { get }

    /// Appends this value in the format that `sqlType` declares, without its length.
    /// - Throws: `UnsendableValue` for what PostgreSQL cannot hold.
    func encode(into bytes: inout [UInt8]) throws
}

/// A type that a column can be read as: every `SQLValue`, and its `Optional`, which reads NULL as `nil`.
package protocol SQLDecodable: Sendable {
    /// - Throws: `RowMismatch` when the column holds NULL, another type, or a value that this type does not have.
    static func decode(from cell: SQLCell) throws -> Self
}

/// What an array of this type is to PostgreSQL. Bytes are one value of type `bytea`; all others are arrays.
package protocol SQLElement: Sendable {
    /// The type of `[Self]`.
    static var sqlArrayType: SQLType { get }
    /// Appends `[Self]` in binary format.
    static func encodeArray(_ elements: [Self], into bytes: inout [UInt8]) throws
    /// Reads `[Self]`.
    static func decodeArray(from cell: SQLCell) throws -> [Self]
}

extension Array: SQLElement, SQLDecodable, SQLValue where Element: SQLElement {
    package static var sqlType: SQLType { Element.sqlArrayType }

    package func encode(into bytes: inout [UInt8]) throws {
        try Element.encodeArray(self, into: &bytes)
    }

    package static func decode(from cell: SQLCell) throws -> [Element] {
        try Element.decodeArray(from: cell)
    }
}

extension Optional: SQLDecodable where Wrapped: SQLDecodable {
    package static func decode(from cell: SQLCell) throws -> Wrapped? {
        cell.isNull ? nil : try Wrapped.decode(from: cell)
    }
}

extension SQLValue where Self: RawRepresentable, RawValue: SQLValue {
    package static var sqlType: SQLType { RawValue.sqlType }

    package func encode(into bytes: inout [UInt8]) throws {
        try rawValue.encode(into: &bytes)
    }

    package static func decode(from cell: SQLCell) throws -> Self {
        guard let value = Self(rawValue: try RawValue.decode(from: cell)) else { throw cell.mismatch(Self.self) }
        return value
    }
}

/// A value that PostgreSQL cannot hold: text with a NUL, a date that is not a number.
package struct UnsendableValue: Error, Equatable {
    /// The Swift type of the value. The value itself is not kept.
    package let type: String

    package init(type: String) { self.type = type }
}
