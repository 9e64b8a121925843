import Clinic
import Foundation
import Identity
import Matching
import Postgres
import Scheduling

/// The demo's organisations and specialists: invited, joined and described by the functions that a programme uses. What is
/// there stays as it is: who has tried things out keeps their changes.
struct DemoDirectory {
    let file: DemoFile
    let matching: MatchingService
    let proposals: SpecialistProposals

    /// - Returns: how many specialists are new.
    func load(in demo: DemoTransaction) async throws -> Int {
        let organisations = try await makeOrganisations(in: demo.tx)
        let known = Set(try await demo.tx.query("SELECT id FROM specialist").map { try $0.decode(AccountID.self) })
        let new = file.specialists.filter { !known.contains(AccountID(demo: "account", $0.key)) }
        for person in new {
            guard let organisation = organisations[person.organisation] else { continue }
            try await demo.actAsNobody()
            let invited = try await proposals.invite(person.proposal(of: organisation), mails: false, in: demo.tx)
            let caller = try await demo.act(as: person.key, .specialist)
            try await proposals.join(caller.account, by: invited.token, in: demo.tx)
            let entry = try await matching.putConditions(
                person.conditions.map { ConditionVolume(codePrefix: $0.codePrefix, yearlyVolume: $0.yearlyVolume) },
                of: caller.account, ifVersion: 1, by: caller, in: demo.tx)
            try await Availability(timeZone: person.timeZone, ruleSets: person.ruleSets)
                .write(of: caller.account, in: demo.tx)
            if let coordinator = file.staff.first(where: { $0.role == .coordinator }) {
                let verifier = try await demo.act(as: coordinator.key, .coordinator)
                _ = try await matching.putLicences(
                    person.licences, of: caller.account, ifVersion: ExpectedVersion(entry.version), by: verifier,
                    in: demo.tx)
            }
        }
        try await demo.actAsNobody()
        return new.count
    }

    private func makeOrganisations(in tx: Transaction) async throws -> [String: OrganisationID] {
        var ids: [String: OrganisationID] = [:]
        for organisation in try await matching.organisations(in: tx) { ids[organisation.name] = organisation.id }
        for organisation in file.organisations where ids[organisation.name] == nil {
            guard let place = Jurisdiction(rawValue: "US-\(organisation.state)") else { continue }
            ids[organisation.name] = try await matching.makeOrganisation(
                OrganisationDraft(name: organisation.name, city: organisation.city, jurisdiction: place),
                as: OrganisationID(demo: "organisation", organisation.name), in: tx
            ).id
        }
        return ids
    }
}

extension DemoFile.Specialist {
    fileprivate func proposal(of organisation: OrganisationID) -> SpecialistProposalDraft {
        SpecialistProposalDraft(
            email: email,
            entry: DirectoryEntry(
                name: name, credentials: credentials, organisation: organisation, timeZone: timeZone,
                taxonomyCodes: taxonomy, languages: languages, peerToPeer: peerToPeer, weeklyCapacity: acceptsPerWeek))
    }
}
