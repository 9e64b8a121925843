import Postgres

extension Attack {
    /// On how the programme gets its specialists and organisations, and on what patients agree to.
    static let onProgramme: [Attack] = [
        Attack(
            .coordinator, "Organisation made by who is no operator",
            "INSERT INTO organisation (id, name, city, jurisdiction) VALUES (\(u(61)), 'Other', 'Columbus', 'US-OH')"),
        Attack(
            .coordinator, "Organisation retired by who is no operator",
            "UPDATE organisation SET retired_at = now()"),
        Attack(
            .stranger, "Proposes herself as a specialist",
            """
            INSERT INTO specialist_proposal (id, state, email, email_digest, email_key, name, credentials, organisation_id,
                time_zone, taxonomy_codes, languages, peer_to_peer, weekly_capacity, proposed_by)
            VALUES (\(u(87)), 'proposed', 'x', sha256('three'), 'k', 'Sam', 'MD', \(u(60)), 'America/New_York', '{207RH0003X}', '{en}', true,
                10, \(u(10)))
            """),
        Attack(
            .coordinator, "Proposal forged as another's",
            """
            INSERT INTO specialist_proposal (id, state, email, email_digest, email_key, name, credentials, organisation_id,
                time_zone, taxonomy_codes, languages, peer_to_peer, weekly_capacity, proposed_by)
            VALUES (\(u(87)), 'proposed', 'x', sha256('three'), 'k', 'Sam', 'MD', \(u(60)), 'America/New_York', '{207RH0003X}', '{en}', true,
                10, \(u(5)))
            """),
        Attack(
            .coordinator, "Proposal approved by who is no operator", "SELECT approve_specialist(\(u(85)), 'z')"),
        Attack(
            .coordinator, "Proposal approved by hand", "UPDATE specialist_proposal SET state = 'approved'"),
        Attack(
            .coordinator, "Joins by the proposal that they made",
            "SELECT FROM join_as_specialist('invited') j WHERE j IS NOT NULL"),
        Attack(
            .stranger, "Joins by a token that there is not",
            "SELECT FROM join_as_specialist('guessed') j WHERE j IS NOT NULL"),
        Attack(
            .stranger, "Asks whether an address was proposed", "SELECT claim_proposal(ARRAY[sha256('one')])"),
        Attack(
            .coordinator, "Asks whether somebody has a role", "SELECT lock_role(\(u(9)), 'coordinator')"),
        Attack(
            .stranger, "Proposal of another taken back",
            "SELECT FROM withdraw_specialist(\(u(85))) w WHERE w"),
        Attack(
            .stranger, "Takes the specialist's role", "INSERT INTO account_role VALUES (\(u(10)), 'specialist')"),
        Attack(
            .specialist, "Entry written by hand",
            """
            INSERT INTO specialist (id, name, credentials, organisation_id, time_zone, taxonomy_codes, languages,
                peer_to_peer, weekly_capacity)
            VALUES (\(u(10)), 'Sam', 'MD', \(u(60)), 'America/New_York', '{207RH0003X}', '{en}', true, 10)
            """),
        Attack(
            .coordinator, "What patients agreed to written anew", "UPDATE consent_text SET body = 'I agree to all.'"),
    ]
}
