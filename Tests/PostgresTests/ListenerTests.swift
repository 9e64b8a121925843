import Postgres
import TestSupport
import Testing

@Suite("A listener", .database, .timeLimit(.minutes(5)))
struct ListenerTests {
    @Test("It hears what is notified, and after a break that it was deaf")
    func hears() async throws {
        let database = TestDatabase.current.app
        var payloads = database.listen(to: "A channel").makeAsyncIterator()
        #expect(await payloads.next() == "", "the connection was made")
        try await database.notify("A channel", payload: "one")
        try await database.notify("another", payload: "not for us")
        try await database.notify("A channel", payload: "two")
        #expect(await payloads.next() == "one")
        #expect(await payloads.next() == "two")

        let listening: SQL = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN \"A ch%'"
        #expect(try await Scratch.ask(Bool.self, listening) == [true])
        #expect(await payloads.next() == "", "the connection was made anew")
        try await database.notify("A channel", payload: "three")
        #expect(await payloads.next() == "three")
    }

    @Test("Who stops listening leaves no connection behind")
    func stops() async throws {
        let database = TestDatabase.current.app
        let listening: SQL = "SELECT count(*) FROM pg_stat_activity WHERE query = 'LISTEN \"brief\"'"
        let task = Task {
            for await _ in database.listen(to: "brief") {}
        }
        try await Scratch.wait(until: [1], to: listening)
        task.cancel()
        await task.value
        try await Scratch.wait(until: [0], to: listening)
        #expect(try await Scratch.ask(Int.self, listening) == [0])
    }
}
