import FoundationEssentials
package import Postgres

/// A `json` or `jsonb` column, decoded by its `Decodable`.
package struct JSONColumn<Value: Decodable & Sendable>: SQLDecodable {
    package let value: Value

    package static func decode(from cell: SQLCell) throws -> JSONColumn<Value> {
        JSONColumn(value: try JSONDecoder().decode(Value.self, from: Data(String.decode(from: cell).utf8)))
    }
}
