import Clinic
import Postgres
import TestSupport
import Testing

@testable import Cases

/// Who may move a case, and from where, is said twice: in `CasePermission`, which explains it to people, and in the table
/// `transition`, which holds it.
@Suite("What Swift and the database allow of a case is the same", .database)
struct CaseTransitionTests {
    struct Move: Hashable, Comparable, CustomStringConvertible {
        let from: CaseState
        let part: CasePart

        var description: String { "\(from) by \(part)" }

        static func < (left: Move, right: Move) -> Bool { left.description < right.description }
    }

    @Test(
        "An act that ends in one state is allowed in both",
        arguments: [
            (CasePermission.submit, CaseState.submitted), (.withdraw, .withdrawn), (.declareUnable, .unable),
            (.close, .closed),
        ])
    func acts(act: CasePermission, target: CaseState) async throws {
        #expect(try await moves(to: target) == moves(of: act))
    }

    @Test("The other moves are those of their acts, from the states in which these move the case")
    func partialActs() async throws {
        let completed = try await moves(to: .ready).filter { CasePermission.complete.states.contains($0.from) }
        #expect(completed == moves(of: .complete))
        let begun = moves(of: .writeOpinion).filter { $0.from == .accepted }
        #expect(try await moves(to: .reviewing) == begun)
        #expect(moves(of: .writeFirstRead).filter { $0.from == .accepted } == begun)
        let recorded = moves(of: .recordOutcome)
        #expect(!recorded.isEmpty)
        #expect(try await Set(recorded).isSubset(of: moves(to: .closed)))
        #expect(try await Set(recorded.filter { $0.from == .delivered }).isSubset(of: moves(to: .followUp)))
    }

    @Test("No state of the table is unknown, and every state can be reached or begins")
    func states() async throws {
        let targets = try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            try await tx.query("SELECT DISTINCT source, target FROM consilium.transition WHERE machine = 'case'")
                .flatMap { row in
                    let (source, target) = try row.decode(CaseState.self, CaseState.self)
                    return [source, target]
                }
        }
        #expect(Set(targets) == Set(CaseState.allCases))
    }

    private func moves(of act: CasePermission) -> [Move] {
        act.states.flatMap { state in act.parts.map { Move(from: state, part: $0) } }.sorted()
    }

    private func moves(to target: CaseState) async throws -> [Move] {
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            try await tx.query(
                """
                SELECT source, part FROM consilium.transition, unnest(parts) part
                WHERE machine = 'case' AND target = \(target) AND part <> 'worker'
                """
            ).map { row in
                let (from, part) = try row.decode(CaseState.self, String.self)
                return Move(from: from, part: try #require(CasePart(rawValue: part)))
            }.sorted()
        }
    }
}
