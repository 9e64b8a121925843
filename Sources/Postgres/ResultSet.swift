import CLibPQ
import Glibc

/// The one owner of a `PGresult`.
///
/// libpq, 34.20: "A PGresult is … read-only after creation, and so can be passed around freely between threads."
final class ResultSet: @unchecked Sendable {
    private let handle: OpaquePointer
    /// Rows in the result.
    let count: Int
    /// Columns of each row.
    let columns: Int

    /// Takes ownership of `handle`, which nobody may clear thereafter.
    init(owning handle: OpaquePointer) {
        self.handle = handle
        count = Int(PQntuples(handle))
        columns = Int(PQnfields(handle))
    }

    deinit { PQclear(handle) }

    /// Rows affected by an `INSERT`, `UPDATE`, `DELETE`, or returned by a `SELECT`; 0 for other commands.
    var affected: Int {
        // libpq, 34.3.3: "PQcmdTuples … returns a string containing the number of rows affected", or an empty one.
        Int(String(cString: PQcmdTuples(handle))) ?? 0
    }

    /// What the command did, as "COMMIT" or "INSERT 0 1".
    var tag: String { String(cString: PQcmdStatus(handle)) }

    var rows: [Row] {
        (0..<count).map { Row(result: self, index: $0) }
    }

    var first: Row? { count > 0 ? Row(result: self, index: 0) : nil }

    /// The position of the one column of a name; nil when there is none, or more than one.
    func position(of name: String) -> Int? {
        name.withCString { name in
            var found: Int?
            for column in 0..<columns {
                guard let other = PQfname(handle, Int32(column)), strcmp(other, name) == 0 else { continue }
                if found != nil { return nil }
                found = column
            }
            return found
        }
    }

    /// Calls `body` with one cell that the result has. The bytes live as long as this result does.
    func cell<Value>(row: Int, column: Int, _ body: (SQLCell) throws -> Value) rethrows -> Value {
        let (row, position) = (Int32(row), Int32(column))
        var bytes: UnsafeRawBufferPointer?
        // libpq, 34.3.2: "PQgetvalue … An empty string is returned if the field value is null. See PQgetisnull". The
        // value belongs to the result and is not to be freed; PQgetlength is its size in bytes in binary format.
        if PQgetisnull(handle, row, position) == 0, let value = PQgetvalue(handle, row, position) {
            bytes = UnsafeRawBufferPointer(start: value, count: Int(PQgetlength(handle, row, position)))
        }
        return try withExtendedLifetime(self) {
            try body(SQLCell(type: PQftype(handle, position), bytes: bytes, name: PQfname(handle, position)))
        }
    }
}
