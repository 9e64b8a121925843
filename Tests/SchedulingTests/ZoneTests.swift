import Postgres
import TestSupport
import Testing

@Suite("A time zone", .database, .timeLimit(.minutes(5)))
struct ZoneTests {
    private func isZone(_ name: String) async throws -> Bool? {
        try await TestDatabase.current.app.withTransaction(as: .nobody) {
            try await $0.first("SELECT consilium.is_zone(\(name))")?.decode(Bool.self)
        }
    }

    @Test("is known by each of its IANA names that has a place, and by UTC")
    func names() async throws {
        // Debian keeps them all twice more, under posix/ and right/.
        let names = try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            try await tx.query(
                """
                SELECT name, consilium.is_zone(name), name = 'UTC' OR name ~ '/' AND name !~ '^(posix|right)/'
                FROM pg_timezone_names
                """)
        }.map { try $0.decode(String.self, Bool.self, Bool.self) }
        #expect(names.filter { $0.1 != $0.2 }.map(\.0) == [])
        #expect(names.count(where: \.1) > 500)
        let numbered = Set(names.filter { $0.1 && $0.0.contains(where: \.isNumber) }.map(\.0))
        let zero = ["Etc/GMT0", "Etc/GMT+0", "Etc/GMT-0"]
        #expect(numbered == Set(zero + (1...12).map { "Etc/GMT+\($0)" } + (1...14).map { "Etc/GMT-\($0)" }))
    }

    @Test(
        "is none that PostgreSQL makes up of a name that ends in digits",
        arguments: [
            "AAAAB1", "Foo/Bar5", "Foo/Bar-5", "Foo/Bar5Baz", "Europe/Paris1", "Etc/GMT5", "Etc/GMT+13", "Etc/GMT-15",
            "Etc/GMT+05", "<X/Y>5", "EST5EDT", "EST", "posix/Europe/Paris", "right/Europe/Paris", "Europe/Nowhere",
            "Europe/", "/", "", "utc ", "UTC\n", "Europe/Paris\nFoo/Bar5",
        ])
    func madeUp(name: String) async throws {
        #expect(try await isZone(name) == false)
    }

    @Test("that is none leaves nothing behind in the server's process; Control: PostgreSQL by itself keeps each")
    func memory() async throws {
        let database = Database(TestDatabase.current.superuser, logger: TestDatabase.current.logger)
        let sizes = try await database.withTransaction(as: .nobody) { tx in
            func size() async throws -> Int {
                try await tx.first(
                    """
                    SELECT coalesce(sum(total_bytes), 0)::bigint FROM pg_backend_memory_contexts WHERE name = 'Timezones'
                    """)?.decode(Int.self) ?? 0
            }
            try await tx.query("SELECT consilium.is_zone('Europe/Paris')")
            var sizes = [try await size()]
            try await tx.query(
                """
                SELECT consilium.is_zone('AAAAB' || i), consilium.is_zone('Foo/Bar' || i), consilium.is_zone('Etc/GMT' || i)
                FROM generate_series(1, 200) i
                """)
            sizes.append(try await size())
            try await tx.query(
                "SELECT timestamp '2000-01-01' AT TIME ZONE ('AAAAC' || i) FROM generate_series(1, 100) i")
            sizes.append(try await size())
            return sizes
        }
        await database.close()
        #expect(sizes[0] > 0 && sizes[1] == sizes[0])
        #expect(sizes[2] > sizes[1] + 1_000_000)
    }
}
