/// One row of an answer.
package struct Row: Sendable {
    let result: ResultSet
    let index: Int

    /// Reads the column of a name: `id = try row.decode("id")`. Rows of eight columns or more are read so, which two
    /// swapped columns cannot break.
    /// - Throws: `RowMismatch` when no column or more than one has the name, or when the column is NULL without
    ///   `Optional`, or of another type.
    package func decode<Value: SQLDecodable>(_ column: String, as type: Value.Type = Value.self) throws -> Value {
        guard let position = result.position(of: column) else {
            throw RowMismatch(column: column, columnType: 0, expected: "\(type)")
        }
        return try result.cell(row: index, column: position) { try Value.decode(from: $0) }
    }

    /// Reads the columns from the left, one type each: `let (id, name) = try row.decode(UUID.self, String?.self)`.
    /// - Throws: `RowMismatch` when a column is missing, NULL without `Optional`, or of another type.
    package func decode<each Value: SQLDecodable>(_ types: repeat (each Value).Type) throws -> (repeat each Value) {
        var column = 0
        func next<Column: SQLDecodable>(_: Column.Type) throws -> Column {
            defer { column += 1 }
            guard column < result.columns else {
                throw RowMismatch(column: "\(column)", columnType: 0, expected: "\(Column.self)")
            }
            return try result.cell(row: index, column: column) { try Column.decode(from: $0) }
        }
        return (repeat try next(each types))
    }

    /// Reads the first column.
    /// - Throws: `RowMismatch` as above.
    package func decode<Value: SQLDecodable>(_ type: Value.Type) throws -> Value {
        guard result.columns > 0 else { throw RowMismatch(column: "0", columnType: 0, expected: "\(type)") }
        return try result.cell(row: index, column: 0) { try Value.decode(from: $0) }
    }
}

/// A row was read as something that it is not: a fault of the program or of the schema, never of a caller.
package struct RowMismatch: Error, Equatable, CustomStringConvertible {
    /// The name of the column; where the row has no such column, its name or its position from 0, as it was asked for.
    package let column: String
    /// The object id of the column's type; 0 when the row has no such column, or more than one.
    package let columnType: UInt32
    /// The Swift type that was asked for.
    package let expected: String

    package var description: String {
        columnType == 0
            ? "no single column \(column) to read as \(expected)"
            : "column \(column) (type \(columnType)) cannot be read as \(expected)"
    }
}
