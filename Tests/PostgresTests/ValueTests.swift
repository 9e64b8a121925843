import FoundationEssentials
import Postgres
import TestSupport
import Testing

@Suite("A value", .database, .timeLimit(.minutes(5)))
struct ValueTests {
    /// Sends a value as `type`, and reads it back.
    private func echo<Value: SQLValue & Equatable>(_ value: Value, as type: String) async throws -> Value? {
        let sql: SQL = "SELECT \(value)::\(identifier: type)"
        return try await TestDatabase.current.app.withTransaction(as: .nobody) { tx in
            try await tx.first(sql)?.decode(Value.self)
        }
    }

    /// What PostgreSQL writes for a value.
    private func text<Value: SQLValue>(of value: Value, as type: String) async throws -> String? {
        let sql: SQL = "SELECT (\(value)::\(identifier: type))::text"
        return try await TestDatabase.current.app.withTransaction(as: .nobody) { tx in
            try await tx.first(sql)?.decode(String.self)
        }
    }

    @Test("Numbers and truth values come back as they went")
    func numbers() async throws {
        #expect(try await echo(true, as: "bool") == true)
        #expect(try await echo(false, as: "bool") == false)
        for number in [0, 1, -1, Int.max, Int.min] { #expect(try await echo(number, as: "int8") == number) }
        #expect(try await echo(Int64.min, as: "int8") == .min)
        #expect(try await echo(Int32.min, as: "int4") == .min)
        #expect(try await echo(Int16.max, as: "int2") == .max)
        #expect(try await echo(-0.1, as: "float8") == -0.1)
        #expect(try await echo(Double.infinity, as: "float8") == .infinity)
        #expect(try await text(of: 1_234_567, as: "int8") == "1234567")
    }

    @Test("Any integer column reads as Int, and one that does not fit is refused")
    func integersWiden() async throws {
        try await TestDatabase.current.app.withTransaction(as: .nobody) { tx in
            let row = try #require(try await tx.first("SELECT 1::int2, 2::int4, 3::int8, 70000::int8"))
            #expect(try row.decode(Int.self, Int.self, Int.self, Int.self) == (1, 2, 3, 70000))
            #expect(throws: RowMismatch.self) { try row.decode(Int.self, Int.self, Int.self, Int16.self) }
        }
    }

    @Test("Text comes back to the byte", arguments: ["", "plain", "Ünïcødé 🩺", "it's \"quoted\" \\ $1", "a\nb\tc"])
    func textRoundTrip(value: String) async throws {
        #expect(try await echo(value, as: "text") == value)
    }

    @Test("Text with a NUL is refused before it is sent")
    func refusesNUL() async throws {
        await #expect(throws: UnsendableValue(type: "String")) { try await echo("a\0b", as: "text") }
    }

    @Test("Bytes and identifiers come back to the byte")
    func bytes() async throws {
        let id = UUID()
        #expect(try await echo(id, as: "uuid") == id)
        #expect(try await text(of: id, as: "uuid") == id.uuidString.lowercased())
        #expect(try await echo([UInt8](), as: "bytea") == [])
        let all = (0...255).map { UInt8($0) }
        #expect(try await echo(all, as: "bytea") == all)
    }

    @Test("Instants keep their microseconds, and the ends of time are infinite")
    func instants() async throws {
        let instant = Date(timeIntervalSince1970: 1_893_456_000.123456)
        let back = try #require(try await echo(instant, as: "timestamptz"))
        #expect(abs(back.timeIntervalSince(instant)) < 0.000_000_5)
        #expect(try await text(of: instant, as: "timestamptz") == "2030-01-01 00:00:00.123456+00")
        #expect(try await text(of: Date(timeIntervalSince1970: -86_400), as: "timestamptz") == "1969-12-31 00:00:00+00")
        #expect(try await text(of: Date.distantPast, as: "timestamptz") == "-infinity")
        #expect(try await text(of: Date.distantFuture, as: "timestamptz") == "infinity")
        #expect(try await echo(Date.distantPast, as: "timestamptz") == .distantPast)
        #expect(try await echo(Date.distantFuture, as: "timestamptz") == .distantFuture)
        await #expect(throws: UnsendableValue(type: "Date")) {
            try await echo(Date(timeIntervalSince1970: .nan), as: "timestamptz")
        }
    }

    @Test("Durations are exact, and months have none")
    func durations() async throws {
        #expect(try await echo(Duration.microseconds(-1_500_001), as: "interval") == .microseconds(-1_500_001))
        #expect(try await text(of: Duration.seconds(3661), as: "interval") == "01:01:01")
        try await TestDatabase.current.app.withTransaction(as: .nobody) { tx in
            let row = try #require(try await tx.first("SELECT interval '2 days 1 second', interval '1 month'"))
            #expect(try row.decode(Duration.self) == .seconds(2 * 86_400 + 1))
            #expect(throws: RowMismatch.self) { try row.decode(Duration.self, Duration.self) }
        }
    }

    @Test("Ranges keep their ends: bounded, unbounded, empty")
    func ranges() async throws {
        let noon = Date(timeIntervalSince1970: 1_893_499_200)
        let hour = noon..<noon.addingTimeInterval(3600)
        #expect(try await echo(hour, as: "tstzrange") == hour)
        #expect(
            try await text(of: hour, as: "tstzrange")
                == #"["2030-01-01 12:00:00+00","2030-01-01 13:00:00+00")"#)
        #expect(try await text(of: Date.distantPast..<noon, as: "tstzrange") == #"(,"2030-01-01 12:00:00+00")"#)
        #expect(try await echo(noon..<Date.distantFuture, as: "tstzrange") == noon..<Date.distantFuture)
        #expect(try await text(of: noon..<noon, as: "tstzrange") == "empty")
        #expect(try await echo(noon..<noon, as: "tstzrange")?.isEmpty == true)
    }

    @Test("A multirange reads as its ranges")
    func multiranges() async throws {
        let noon = Date(timeIntervalSince1970: 1_893_499_200)
        let spans = [noon..<noon.addingTimeInterval(60), noon.addingTimeInterval(120)..<Date.distantFuture]
        let read = try await TestDatabase.current.app.withTransaction(as: .nobody) { tx in
            try await tx.first("SELECT range_agg(r) FROM unnest(\(spans)) AS r")?.decode([Range<Date>].self)
        }
        #expect(read == spans)
    }

    @Test("Arrays come back in order, and the empty one empty")
    func arrays() async throws {
        let ids = (0..<5).map { _ in UUID() }
        #expect(try await echo(ids, as: "_uuid") == ids)
        #expect(try await echo([UUID](), as: "_uuid") == [])
        #expect(try await echo(["a", "", "c,d", "{\"}"], as: "_text") == ["a", "", "c,d", "{\"}"])
        #expect(try await echo([1, -2, 3], as: "_int8") == [1, -2, 3])
        #expect(try await echo([true, false], as: "_bool") == [true, false])
        #expect(try await echo([[1, 2], []] as [[UInt8]], as: "_bytea") == [[1, 2], []])
        #expect(try await echo([Date.distantFuture], as: "_timestamptz") == [.distantFuture])
    }

    @Test("JSON reads as its text")
    func json() async throws {
        try await TestDatabase.current.app.withTransaction(as: .nobody) { tx in
            let row = try #require(try await tx.first(#"SELECT '{"name":"Zoë"}'::jsonb, '{"name":"Zoë"}'::json"#))
            #expect(try row.decode(String.self, String.self) == (#"{"name": "Zoë"}"#, #"{"name":"Zoë"}"#))
        }
    }

    private enum Lane: String, SQLValue {
        case licensed
        case peerToPeer = "peer_to_peer"
    }

    @Test("An enumeration travels as its raw value, and an unknown one is refused")
    func enumerations() async throws {
        #expect(try await echo(Lane.peerToPeer, as: "text") == .peerToPeer)
        #expect(try await echo([Lane.licensed], as: "_text") == [.licensed])
        try await TestDatabase.current.app.withTransaction(as: .nobody) { tx in
            let row = try #require(try await tx.first("SELECT 'other'"))
            #expect(throws: RowMismatch.self) { try row.decode(Lane.self) }
        }
    }

    @Test("NULL is nil, and is refused where nil is not expected")
    func nulls() async throws {
        let nothing: UUID? = nil
        try await TestDatabase.current.app.withTransaction(as: .nobody) { tx in
            let row = try #require(try await tx.first("SELECT \(nothing), \("here" as String?)::text, NULL::uuid[]"))
            #expect(try row.decode(UUID?.self, String?.self, [UUID]?.self) == (nil, "here" as String?, nil))
            #expect(throws: RowMismatch.self) { try row.decode(UUID.self) }
        }
    }

    @Test(
        "A date of the calendar reads as its ISO text",
        arguments: ["1900-03-01", "2000-02-29", "2026-12-31", "0001-01-01"])
    func calendarDates(text: String) async throws {
        let read = try await TestDatabase.current.app.withTransaction(as: .nobody) { tx in
            try await tx.first("SELECT d FROM (VALUES (\(text)::date)) AS v(d)")?.decode(String.self)
        }
        #expect(read == text)
    }

    @Test("A column of another type, or one too many, is refused")
    func mismatches() async throws {
        try await TestDatabase.current.app.withTransaction(as: .nobody) { tx in
            let row = try #require(try await tx.first("SELECT 1::int4"))
            #expect(throws: RowMismatch.self) { try row.decode(String.self) }
            #expect(throws: RowMismatch.self) { try row.decode(UUID.self) }
            #expect(throws: RowMismatch.self) { try row.decode(Int.self, Int.self) }
        }
    }

    @Test("Text serves enumerated types and domains of the database as it stands")
    func textIsInferred() async throws {
        let table = try await Scratch.table("zone consilium.zone, place inet, at time, tags consilium.word[]")
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            let tags = ["a", "b"]
            try await tx.execute(
                """
                INSERT INTO \(identifier: table)
                VALUES (\("Europe/Berlin"), \("127.0.0.1"), \("12:30"), \(tags))
                """)
            let row = try await tx.first("SELECT zone, tags FROM \(identifier: table) WHERE zone = \("Europe/Berlin")")
            #expect(try row?.decode(String.self, [String].self) ?? ("", []) == ("Europe/Berlin", tags))
        }
    }
}
