import FoundationEssentials
import Postgres
import Testing

@Suite("A statement", .timeLimit(.minutes(5)))
struct SQLTests {
    @Test("Values become parameters, never text")
    func bindsValues() {
        let name = "'; DROP TABLE patient; --"
        let sql: SQL = "SELECT \(1) FROM t WHERE name = \(name)"
        #expect(sql.text == "SELECT $1 FROM t WHERE name = $2")
    }

    @Test("A fragment's parameters are numbered behind those before it")
    func renumbersFragments() {
        let condition: SQL = "a = \(1) AND b = \("x")"
        let sql: SQL = "SELECT \(true) WHERE \(fragment: condition) OR \(fragment: condition) LIMIT \(9)"
        #expect(sql.text == "SELECT $1 WHERE a = $2 AND b = $3 OR a = $4 AND b = $5 LIMIT $6")
        #expect((condition + " OR c = \(2)").text == "a = $1 AND b = $2 OR c = $3")
    }

    @Test("Twelve parameters of a fragment keep their text in place")
    func renumbersPastNine() {
        let many = (1...12).reduce("0" as SQL) { sum, number in sum + " + \(number)" }
        let sql: SQL = "\(1)é \(fragment: many) end"
        #expect(sql.text == "$1é 0 + $2 + $3 + $4 + $5 + $6 + $7 + $8 + $9 + $10 + $11 + $12 + $13 end")
    }

    @Test("A name is quoted", arguments: [("plain", #""plain""#), (#"a"b"#, #""a""b""#), ("", #""""#)])
    func quotesNames(name: String, quoted: String) {
        #expect(("\(identifier: name)" as SQL).text == quoted)
    }

    @Test("An error describes itself without a value")
    func errorsAreSilent() {
        let error = DatabaseError(sqlState: "23505", constraint: "account_email_key", table: "account")
        #expect(error.description == "database error 23505 (constraint account_email_key)")
    }

    @Test(
        "Only what may succeed when tried again is called so",
        arguments: [("40001", true), ("40P01", true), ("23P01", true), ("23505", false), ("57014", false)])
    func knowsWhatToRetry(sqlState: String, isRetryable: Bool) {
        #expect(DatabaseError(sqlState: sqlState).retryable == isRetryable)
    }
}
