import Clinic
import Foundation
import Matching
import Postgres
import Scheduling

/// The demo's organisations and specialists, written in sets as the schema's owner. What is there stays as it is: who
/// has tried things out keeps her changes.
struct DemoDirectory {
    let file: DemoFile

    /// - Returns: how many specialists are new.
    func load(in tx: Transaction) async throws -> Int {
        try await tx.execute(
            """
            INSERT INTO organisation (id, name, city, jurisdiction)
            SELECT * FROM unnest(\(file.organisations.map { OrganisationID(demo: "organisation", $0.name) }),
                \(file.organisations.map(\.name)), \(file.organisations.map(\.city)),
                \(file.organisations.map { "US-\($0.state)" }))
            ON CONFLICT DO NOTHING
            """)
        let entries = JSON(
            file.specialists.map { Entry(id: AccountID(demo: "account", $0.key), entry: $0) })
        let new = try await tx.query(
            """
            INSERT INTO specialist (id, name, credentials, organisation_id, time_zone, taxonomy_codes, languages,
                peer_to_peer, weekly_capacity)
            SELECT e.id, s.name, s.credentials, o.id, s."timeZone",
                ARRAY(SELECT jsonb_array_elements_text(s.taxonomy)),
                ARRAY(SELECT jsonb_array_elements_text(s.languages)), s."peerToPeer", s."acceptsPerWeek"
            FROM jsonb_to_recordset(\(entries)) AS e (id uuid, entry jsonb),
                jsonb_to_record(e.entry) AS s (name text, credentials text, organisation text, "timeZone" text,
                    taxonomy jsonb, languages jsonb, "peerToPeer" boolean, "acceptsPerWeek" integer)
                JOIN organisation o ON o.name = s.organisation
            ON CONFLICT DO NOTHING RETURNING id
            """
        ).map { try $0.decode(AccountID.self) }
        try await tx.execute(
            """
            INSERT INTO licence (specialist_id, jurisdiction, number, expires_on)
            SELECT e.id, l.jurisdiction, l.number, l."expiresOn"
            FROM jsonb_to_recordset(\(entries)) AS e (id uuid, entry jsonb),
                jsonb_to_recordset(e.entry -> 'licences') AS l (jurisdiction text, number text, "expiresOn" date)
            WHERE e.id = ANY (\(new))
            """)
        try await tx.execute(
            """
            INSERT INTO specialist_condition (specialist_id, code_prefix, yearly_volume)
            SELECT e.id, c."codePrefix", c."yearlyVolume"
            FROM jsonb_to_recordset(\(entries)) AS e (id uuid, entry jsonb),
                jsonb_to_recordset(e.entry -> 'conditions') AS c ("codePrefix" text, "yearlyVolume" integer)
            WHERE e.id = ANY (\(new))
            """)
        let added = Set(new)
        for specialist in file.specialists {
            let id = AccountID(demo: "account", specialist.key)
            guard added.contains(id) else { continue }
            try await Availability(timeZone: specialist.timeZone, ruleSets: specialist.ruleSets).write(of: id, in: tx)
        }
        return new.count
    }

    private struct Entry: Codable {
        let id: AccountID
        let entry: DemoFile.Specialist
    }
}
