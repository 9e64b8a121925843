/// A statement and its bound parameters, written as one string: `"SELECT … WHERE id = \(id)"` becomes `… id = $1` and
/// a parameter. A value can never become part of the statement's text.
package struct SQL: ExpressibleByStringInterpolation, Sendable {
    /// One bound parameter; its value lies in `values`.
    struct Bind: Sendable {
        let oid: UInt32
        let isText: Bool
        /// Where the value begins in `values`.
        var offset: Int
        /// The value's length in bytes; `nil` for NULL.
        let length: Int?
        /// Where its `$n` begins in `text`, in UTF-8, so that the parameters of a fragment can be renumbered.
        var position: Int
    }

    /// The statement with `$1`, `$2` … where the values were.
    package private(set) var text: String
    private(set) var binds: [Bind]
    /// All values, one after the other. Each is followed by a NUL, which text needs, and which gives an empty value an
    /// address.
    private(set) var values: [UInt8]
    /// The first value that could not be encoded; thrown when the statement is sent.
    private(set) var fault: UnsendableValue?

    package init(stringLiteral value: String) {
        self.init(text: value)
    }

    package init(stringInterpolation: StringInterpolation) {
        self = stringInterpolation.sql
    }

    private init(text: String) {
        self.text = text
        binds = []
        values = []
    }

    package struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var sql = SQL(text: "")

        package init(literalCapacity: Int, interpolationCount: Int) {
            sql.text.reserveCapacity(literalCapacity + interpolationCount * 2)
            sql.binds.reserveCapacity(interpolationCount)
            sql.values.reserveCapacity(interpolationCount * 17)
        }

        package mutating func appendLiteral(_ literal: String) {
            sql.text += literal
        }

        /// Binds a value; `nil` is NULL.
        package mutating func appendInterpolation<Value: SQLValue>(_ value: Value?) {
            sql.bind(value)
        }

        /// Inserts another statement's text, with its parameters renumbered.
        package mutating func appendInterpolation(fragment: SQL) {
            sql.append(fragment)
        }

        /// Inserts a quoted name of a table, column, channel or role.
        package mutating func appendInterpolation(identifier: String) {
            sql.text +=
                "\"\(identifier.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\""))\""
        }
    }

    /// Appends `fragment` to `head`.
    package static func + (head: SQL, fragment: SQL) -> SQL {
        var sql = head
        sql.append(fragment)
        return sql
    }

    private mutating func bind<Value: SQLValue>(_ value: Value?) {
        // The protocol counts parameters in 16 bits.
        if binds.count == Int(UInt16.max) { fault = fault ?? UnsendableValue(type: "SQL") }
        let type = Value.sqlType
        let offset = values.count
        var length: Int?
        if let value {
            do {
                try value.encode(into: &values)
                length = values.count - offset
                values.append(0)
            } catch {
                fault = fault ?? error as? UnsendableValue ?? UnsendableValue(type: "\(Value.self)")
            }
        }
        binds.append(
            Bind(oid: type.oid, isText: type.isText, offset: offset, length: length, position: text.utf8.count))
        text += "$\(binds.count)"
    }

    private mutating func append(_ fragment: SQL) {
        fault = fault ?? fragment.fault
        let utf8 = fragment.text.utf8
        var done = utf8.startIndex
        for (number, var bind) in fragment.binds.enumerated() {
            let position = utf8.index(utf8.startIndex, offsetBy: bind.position)
            text += fragment.text[done..<position]
            done = utf8.index(position, offsetBy: "$\(number + 1)".utf8.count)
            bind.offset += values.count
            bind.position = text.utf8.count
            binds.append(bind)
            text += "$\(binds.count)"
        }
        text += fragment.text[done...]
        values += fragment.values
        if binds.count > Int(UInt16.max) { fault = fault ?? UnsendableValue(type: "SQL") }
    }
}
