/// A PostgreSQL type as a bound parameter names it: its object id, that of its array, and the format of its values.
package struct SQLType: Sendable, Hashable {
    /// The object id in `pg_type`; 0 lets the server infer the type from where the parameter stands.
    package let oid: UInt32
    /// The object id of the array of this type; 0 where there is none.
    package let array: UInt32
    /// Whether values travel as text. Everything with a type of its own travels in PostgreSQL's binary format.
    package let isText: Bool

    package init(oid: UInt32, array: UInt32, isText: Bool = false) {
        self.oid = oid
        self.array = array
        self.isText = isText
    }

    static let bool = SQLType(oid: 16, array: 1000)
    static let bytea = SQLType(oid: 17, array: 1001)
    static let int8 = SQLType(oid: 20, array: 1016)
    static let int2 = SQLType(oid: 21, array: 1005)
    static let int4 = SQLType(oid: 23, array: 1007)
    static let float8 = SQLType(oid: 701, array: 1022)
    static let interval = SQLType(oid: 1186, array: 1187)
    static let timestamptz = SQLType(oid: 1184, array: 1185)
    static let tstzrange = SQLType(oid: 3910, array: 3911)
    static let uuid = SQLType(oid: 2950, array: 2951)
    /// Text of no declared type, so that it serves `text`, enumerations, `date`, `inet` and the rest alike.
    static let text = SQLType(oid: 0, array: 1009, isText: true)
}

/// The object ids of `pg_type` that only decoding meets.
enum SQLTypeID {
    static let jsonb: UInt32 = 3802
    static let date: UInt32 = 1082
    static let float4: UInt32 = 700
    static let timestamp: UInt32 = 1114
    static let tstzmultirange: UInt32 = 4534
    /// Fixed binary layouts that must not be read as text.
    static let notText: Set<UInt32> = [
        16, 17, 20, 21, 23, 26, 700, 701, 1083, 1114, 1184, 1186, 1700, 2950, 3910, 4534, 1000, 1001, 1005, 1007,
        1009, 1016, 1021, 1022, 1115, 1182, 1185, 2951, 3911,
    ]
}
