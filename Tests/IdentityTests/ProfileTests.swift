import Clinic
import Postgres
import TestSupport
import Testing
import Vault

@testable import Identity

@Suite("One's own account", .database, .timeLimit(.minutes(5)))
struct ProfileTests {
    let fixture = IdentityFixture()

    @Test("It shows what was told at sign-up")
    func shows() async throws {
        let email = IdentityFixture.address()
        let caller = try await fixture.caller(email)
        let profile = try await fixture.work(as: caller) {
            try await fixture.identity.profiles.profile(of: caller, in: $0)
        }
        #expect(profile.email == email)
        #expect(profile.name == "Maria Lopez")
        #expect(profile.birthDate.rawValue == "1961-04-02")
        #expect(profile.roles == [.patient])
        #expect(!profile.secondFactor)
        #expect(profile.version == 1)
    }

    @Test("A change keeps what it does not name, and an empty phone removes it")
    func changes() async throws {
        let caller = try await fixture.caller()
        let change = ProfileChange(phone: "", language: "es-MX", timeZone: "America/Denver")
        let changed = try await fixture.work(as: caller) {
            try await fixture.identity.profiles.change(change, ifVersion: 1, by: caller, in: $0)
        }
        let read = try await fixture.work(as: caller) {
            try await fixture.identity.profiles.profile(of: caller, in: $0)
        }
        for profile in [changed, read] {
            #expect(profile.phone == nil)
            #expect(profile.address == "1 Lake Street")
            #expect(profile.language == "es-MX")
            #expect(profile.timeZone == "America/Denver")
            #expect(profile.version == 2)
        }
    }

    @Test("A change to what there is already leaves the version")
    func unchanged() async throws {
        let caller = try await fixture.caller()
        for _ in 1...2 {
            let profile = try await fixture.work(as: caller) {
                try await fixture.identity.profiles.change(
                    ProfileChange(name: "Maria Lopez", address: "1 Lake Street"), ifVersion: 1, by: caller, in: $0)
            }
            #expect(profile.version == 1)
        }
    }

    @Test("A change of what was changed meanwhile is refused")
    func stale() async throws {
        let caller = try await fixture.caller()
        func rename(_ name: String) async throws {
            _ = try await fixture.work(as: caller) {
                try await fixture.identity.profiles.change(ProfileChange(name: name), ifVersion: 1, by: caller, in: $0)
            }
        }
        try await rename("Maria Stone")
        await #expect(throws: VersionRefusal.changedMeanwhile) { try await rename("Maria Field") }
    }

    @Test("A field outside its rule is named and nothing changes")
    func fields() async throws {
        let caller = try await fixture.caller()
        for (change, pointer) in [
            (ProfileChange(name: "\u{1b}[2J"), "/name"), (ProfileChange(timeZone: "Nowhere"), "/timeZone"),
            (ProfileChange(birthDate: try IdentityFixture.date("2950-01-01")), "/birthDate"),
            (ProfileChange(language: "x"), "/language"),
        ] {
            let broken = await #expect(throws: FieldRefusal.self) {
                _ = try await fixture.work(as: caller) {
                    try await fixture.identity.profiles.change(change, ifVersion: 1, by: caller, in: $0)
                }
            }
            #expect(broken?.pointer == pointer)
        }
    }
}
