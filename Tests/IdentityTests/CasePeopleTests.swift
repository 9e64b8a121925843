import Clinic
import Postgres
import TestSupport
import Testing
import Vault

@testable import Identity

@Suite("The people of a case", .database, .timeLimit(.minutes(5)))
struct CasePeopleTests {
    private let fixture = IdentityFixture()

    /// A case with everybody in it, whose patient signed up with everything told.
    private func made() async throws -> (caseID: CaseID, patient: Caller, people: [CasePart: Caller]) {
        let email = IdentityFixture.address()
        var request = try IdentityFixture.request(email)
        request.sex = .female
        try await fixture.identity.signUp.open(request, from: IdentityFixture.client)
        try await fixture.confirm(#require(try await fixture.token(to: email, .confirmEmail)))
        let token = try await fixture.signIn(email).token
        let patient = try #require(try await fixture.identity.sessions.authenticate(token))
        let caseID = try await Seed.openCase(of: patient.account, fixture.vault, state: .reviewing)
        var people: [CasePart: Caller] = [:]
        for part in [CasePart.specialist, .coordinator, .treatingClinician, .candidate] {
            let account = try await Seed.account(fixture.vault, roles: [])
            people[part] = Seed.caller(account)
            try await fixture.owner.withTransaction(as: .nobody) { tx in
                try await tx.execute(
                    """
                    INSERT INTO consilium.case_part (case_id, account_id, part) VALUES (\(caseID), \(account), \(part))
                    """)
            }
        }
        return (caseID, patient, people)
    }

    private func list(_ caseID: CaseID, as caller: Caller) async throws -> [CasePerson] {
        try await fixture.work(as: caller) { tx in
            try await fixture.identity.casePeople.list(of: caseID, by: caller, in: tx).people
        }
    }

    @Test(
        "know each other by name; who reads the case knows the patient's age and sex, a coordinator how to reach them")
    func people() async throws {
        let (caseID, patient, people) = try await made()
        for (part, caller) in people where part != .candidate && part != .treatingClinician {
            let seen = try await list(caseID, as: caller)
            let told = try #require(seen.first { $0.part == .patient })
            #expect(told.id == patient.account && told.name == "Maria Lopez")
            #expect(try #require(told.age) >= 65 && told.sex == .female)
            #expect((told.contact?.phone == "+1 216 555 0100") == (part == .coordinator))
            #expect((told.contact == nil) == (part != .coordinator))
            for other in seen where other.part != .patient {
                #expect(other.age == nil && other.sex == nil && (other.contact == nil) == (other.id != caller.account))
                #expect(other.name == "Pat Example" || other.part == .candidate)
            }
        }
    }

    @Test("who was asked for records alone knows the patient's name, and nothing more")
    func clinician() async throws {
        let (caseID, _, people) = try await made()
        let seen = try await list(caseID, as: try #require(people[.treatingClinician]))
        let told = try #require(seen.first { $0.part == .patient })
        #expect(told.name == "Maria Lopez" && told.age == nil && told.sex == nil && told.contact == nil)
    }

    @Test("are not told to a candidate or a stranger")
    func hidden() async throws {
        let (caseID, _, people) = try await made()
        let stranger = try await fixture.caller()
        for caller in [try #require(people[.candidate]), stranger] {
            await #expect(throws: IdentityRefusal.notFound) { _ = try await list(caseID, as: caller) }
        }
    }
}
