import CLibPQ

/// What to connect with: the caller's libpq connection string, and what Consilium adds to it.
struct Conninfo: Sendable {
    private let conninfo: String
    private var additions: [(keyword: String, value: String)]

    /// - Throws: `InvalidConninfo` when libpq does not understand the string.
    init(_ settings: Database.Settings) throws {
        let given = try Self.parse(settings.conninfo)
        var parameters = ["-c TimeZone=UTC", "-c DateStyle=ISO", "-c IntervalStyle=postgres"]
        if let role = settings.role { parameters.append("-c role=\(Self.escaped(role))") }
        if let deadline = settings.statementDeadline {
            // The client cancels at its deadline. The server's own limit serves when the client cannot.
            parameters.append("-c statement_timeout=\((deadline + .seconds(2)) / .milliseconds(1))")
        }
        if let own = given["options"] { parameters.insert(own, at: 0) }
        conninfo = settings.conninfo
        let hosts = ["host", "hostaddr"].map { (given[$0] ?? "").split(separator: ",").count }.max() ?? 0
        additions = [
            ("options", parameters.joined(separator: " ")),
            // A server that hangs must not delay the attempt at the next one.
            ("connect_timeout", given["connect_timeout"] ?? (hosts > 1 ? "2" : "5")),
            // A peer that has vanished is noticed within seconds, also on an idle connection. The system's own limits are
            // a quarter of an hour and two hours.
            ("tcp_user_timeout", given["tcp_user_timeout"] ?? "5000"),
            ("keepalives_idle", given["keepalives_idle"] ?? "10"),
            ("keepalives_interval", given["keepalives_interval"] ?? "3"),
            ("keepalives_count", given["keepalives_count"] ?? "3"),
            ("fallback_application_name", "consilium"),
            ("client_encoding", "UTF8"),
        ]
        if let user = settings.user { additions.append(("user", user)) }
        // Of several servers, use the one that accepts writes.
        if hosts > 1, given["target_session_attrs"] == nil { additions.append(("target_session_attrs", "read-write")) }
    }

    /// The settings of a connection string, by libpq's keywords.
    static func parse(_ conninfo: String) throws -> [String: String] {
        var given: [String: String] = [:]
        var message: UnsafeMutablePointer<CChar>?
        // libpq, 34.1: PQconninfoParse "Returns an array of … or NULL if the connection string could not be parsed …
        // the caller must free" both the array, with PQconninfoFree, and the message, with PQfreemem.
        guard let options = PQconninfoParse(conninfo, &message) else {
            PQfreemem(message)
            throw InvalidConninfo()
        }
        defer { PQconninfoFree(options) }
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { given[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        return given
    }

    /// Connects. It blocks: call it on a `BlockingThread`. libpq's asynchronous way blocks too, on the resolution of names.
    func connect() -> OpaquePointer? {
        let keywords = ["dbname"] + additions.map(\.keyword)
        let values = [conninfo] + additions.map(\.value)
        return withCStrings(keywords) { keywords in
            // libpq, 34.1: with expand_dbname the value of dbname is taken as a connection string, and the keywords
            // behind it override what it says. Both arrays end with NULL. The result must be freed with PQfinish.
            withCStrings(values) { values in PQconnectdbParams(keywords, values, 1) }
        }
    }

    /// "use \\ to represent a literal backslash, spaces … must be escaped by a backslash" (libpq, `options`).
    private static func escaped(_ value: String) -> String {
        value.reduce(into: "") { text, character in
            if character == "\\" || character == " " { text.append("\\") }
            text.append(character)
        }
    }
}

/// The setting is not a libpq connection string. It is not quoted, because it may hold a password.
package struct InvalidConninfo: Error, Equatable {
    package init() {}
}

/// Calls `body` with a NULL-terminated array of C strings.
private func withCStrings<Value>(
    _ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Value
) -> Value {
    var bytes: [CChar] = []
    let offsets = strings.map { string in
        defer { bytes.append(contentsOf: string.utf8CString) }
        return bytes.count
    }
    return bytes.withUnsafeBufferPointer { bytes in
        let pointers = offsets.map { offset in bytes.baseAddress.map { $0 + offset } } + [nil]
        return pointers.withUnsafeBufferPointer { pointers in
            // The array holds at least its terminator.
            body(pointers.baseAddress.unsafelyUnwrapped)
        }
    }
}
