/// One row of an answer.
package struct Row: Sendable {
    let result: ResultSet
    let index: Int

    /// Reads the columns from the left, one type each: `let (id, name) = try row.decode(UUID.self, String?.self)`.
    /// - Throws: `RowMismatch` when a column is missing, NULL without `Optional`, or of another type.
    package func decode<each Value: SQLDecodable>(_ types: repeat (each Value).Type) throws -> (repeat each Value) {
        var column = 0
        func next<Column: SQLDecodable>(_: Column.Type) throws -> Column {
            defer { column += 1 }
            guard column < result.columns else {
                throw RowMismatch(column: column, columnType: 0, expected: "\(Column.self)")
            }
            return try result.cell(row: index, column: column) { try Column.decode(from: $0) }
        }
        return (repeat try next(each types))
    }

    /// Reads the first column.
    /// - Throws: `RowMismatch` as above.
    package func decode<Value: SQLDecodable>(_ type: Value.Type) throws -> Value {
        guard result.columns > 0 else { throw RowMismatch(column: 0, columnType: 0, expected: "\(Value.self)") }
        return try result.cell(row: index, column: 0) { try Value.decode(from: $0) }
    }
}
