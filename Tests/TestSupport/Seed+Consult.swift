package import Clinic
import FoundationEssentials
import Postgres
package import Vault

extension Seed {
    /// An account as a request's caller, with a session that exists nowhere.
    package static func caller(_ account: AccountID, roles: Set<Role> = [.patient]) -> Caller {
        Caller(account: account, session: .random(), roles: roles, showedSecondFactor: false, provedLately: true)
    }

    /// A specialist in the directory, licensed in these places, with the same hours on every day of the week.
    package static func specialist(
        _ vault: Vault, timeZone: String = "America/New_York", licensedIn places: [String] = ["US-OH"],
        expiresOn: String = "2999-12-31", peerToPeer: Bool = true,
        hours: [(starts: String, ends: String)] = [("00:00", "24:00")]
    ) async throws -> AccountID {
        let id = try await account(vault, roles: [.specialist], timeZone: timeZone)
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            let organisation = UUID()
            try await tx.execute(
                """
                INSERT INTO consilium.organisation (id, name, city, jurisdiction)
                VALUES (\(organisation), \("Clinic \(organisation)"), 'Columbus', 'US-OH')
                """)
            try await tx.execute(
                """
                INSERT INTO consilium.specialist (id, name, credentials, organisation_id, time_zone, taxonomy_codes,
                    languages, peer_to_peer, weekly_capacity)
                VALUES (\(id), 'Sam Example', 'MD', \(organisation), \(timeZone), '{207RH0003X}', '{en}',
                    \(peerToPeer), 10)
                """)
            for place in places {
                try await tx.execute(
                    """
                    INSERT INTO consilium.licence (specialist_id, jurisdiction, number, expires_on)
                    VALUES (\(id), \(place), \("L-\(place)"), \(expiresOn))
                    """)
            }
            for span in hours { try await daily(from: span.starts, to: span.ends, of: id, tx) }
        }
        return id
    }

    /// Gives a specialist more hours, the same on every date.
    package static func hours(from starts: String, to ends: String, of specialist: AccountID) async throws {
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            try await daily(from: starts, to: ends, of: specialist, tx)
            try await tx.execute(
                """
                UPDATE consilium.specialist SET availability_version = availability_version + 1
                WHERE id = \(specialist)
                """)
        }
    }

    /// The same hours on every date, up to as far ahead as saving them would write.
    private static func daily(from starts: String, to ends: String, of specialist: AccountID, _ tx: Transaction)
        async throws
    {
        try await tx.execute(
            """
            WITH made AS (
                INSERT INTO consilium.availability_set (specialist_id) VALUES (\(specialist)) RETURNING id
            ), rule AS (
                INSERT INTO consilium.availability_rule (specialist_id, set_id, rrule, start_date, starts, ends)
                SELECT \(specialist), id, 'FREQ=DAILY', current_date - 2, \(starts)::text::time, \(ends)::text::time
                FROM made RETURNING id, starts, ends
            ), horizon AS (
                INSERT INTO consilium.availability_horizon VALUES (\(specialist), current_date + 430)
                ON CONFLICT DO NOTHING
            )
            INSERT INTO consilium.availability_date (specialist_id, on_date, rule_id, opens, closes)
            SELECT \(specialist), d, id, extract(epoch FROM starts) / 60, extract(epoch FROM ends) / 60
            FROM rule, generate_series(current_date - 2, current_date + 430, interval '1 day') d
            """)
    }

    /// A case that this specialist accepted, with both people's parts in it.
    package static func acceptedCase(
        of patient: AccountID, with specialist: AccountID, _ vault: Vault, blinded: Bool = false, lane: Lane = .licensed
    ) async throws -> CaseID {
        let id = try await openCase(of: patient, vault, state: .accepted, blinded: blinded, lane: lane)
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            try await tx.execute(
                "UPDATE consilium.clinical_case SET specialist_id = \(specialist) WHERE id = \(id)")
            try await part(.specialist, of: specialist, in: id, tx)
        }
        return id
    }

    /// Gives somebody a part in a case.
    package static func part(_ part: CasePart, of account: AccountID, in case: CaseID) async throws {
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            try await Seed.part(part, of: account, in: `case`, tx)
        }
    }

    private static func part(_ part: CasePart, of account: AccountID, in case: CaseID, _ tx: Transaction) async throws {
        try await tx.execute(
            """
            INSERT INTO consilium.case_part (case_id, account_id, part) VALUES (\(`case`), \(account), \(part))
            """)
    }

    /// Lets time pass until a consult of 45 minutes starts in so many minutes.
    package static func wait(until appointment: AppointmentID, isInMinutes minutes: Int) async throws {
        let shift: SQL = "clock_timestamp() + make_interval(mins => \(Int32(minutes)))"
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            try await tx.execute(
                """
                UPDATE consilium.appointment a SET starts_at = s.at, ends_at = s.at + interval '45 minutes'
                FROM (SELECT \(fragment: shift) AS at) s WHERE a.id = \(appointment)
                """)
        }
    }

    /// A treating clinician who accepted to consult, and the patient's consent to it.
    package static func consultingClinician(
        _ vault: Vault, in case: CaseID, of patient: AccountID, consents: Bool = true
    ) async throws -> AccountID {
        let id = try await account(vault, roles: [.treatingClinician])
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            try await tx.execute(
                """
                INSERT INTO consilium.invitation (id, case_id, token_digest, email, sends_records, reads_opinion,
                    consults, state, invited_by, accepted_by, expires_at)
                VALUES (\(UUID()), \(`case`), \(Vault.digest(secret: Vault.newToken(), for: .invitation)), '', true, true, true,
                    'accepted', \(patient), \(id), clock_timestamp() + interval '7 days')
                """)
            try await part(.treatingClinician, of: id, in: `case`, tx)
            guard consents else { return }
            try await tx.execute(
                """
                INSERT INTO consilium.consent (id, case_id, kind, wording, given_by)
                VALUES (\(ConsentID.random()), \(`case`), 'peer_to_peer', 'peer_to_peer.2026-01', \(patient))
                """)
        }
        return id
    }
}
