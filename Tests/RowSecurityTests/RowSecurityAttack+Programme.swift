import Postgres

extension RowSecurityAttack {
    /// On how the programme gets its specialists and organisations, and on what patients agree to.
    static let onProgramme: [RowSecurityAttack] = [
        RowSecurityAttack(
            .coordinator, "Organisation made by who is no operator",
            "INSERT INTO organisation (id, name, city, jurisdiction) VALUES (\(u(61)), 'Other', 'Columbus', 'US-OH')"),
        RowSecurityAttack(
            .coordinator, "Organisation retired by who is no operator",
            "UPDATE organisation SET retired_at = now()"),
        RowSecurityAttack(
            .stranger, "Proposes themselves as a specialist",
            """
            INSERT INTO specialist_proposal (id, state, email, email_digest, email_key, name, credentials, organisation_id,
                time_zone, taxonomy_codes, languages, peer_to_peer, weekly_capacity, proposed_by)
            VALUES (\(u(87)), 'proposed', 'x', sha256('three'), 'k', 'Sam', 'MD', \(u(60)), 'America/New_York', '{207RH0003X}', '{en}', true,
                10, \(u(10)))
            """),
        RowSecurityAttack(
            .coordinator, "Proposal forged as another's",
            """
            INSERT INTO specialist_proposal (id, state, email, email_digest, email_key, name, credentials, organisation_id,
                time_zone, taxonomy_codes, languages, peer_to_peer, weekly_capacity, proposed_by)
            VALUES (\(u(87)), 'proposed', 'x', sha256('three'), 'k', 'Sam', 'MD', \(u(60)), 'America/New_York', '{207RH0003X}', '{en}', true,
                10, \(u(5)))
            """),
        RowSecurityAttack(
            .coordinator, "Proposal approved by who is no operator",
            stoppedBy: [
                .function(
                    allows: .init(
                        after: "INSERT INTO account_role VALUES (\(u(2)), 'coordinator'), (\(u(9)), 'operator')",
                        "UPDATE specialist_proposal SET proposed_by = \(u(2))"))
            ], "SELECT FROM approve_specialist(\(u(85)), 'z') done WHERE done"),
        RowSecurityAttack(
            .coordinator, "Proposal approved by hand", stoppedBy: [.privilege, .constraint(on: "specialist_proposal")],
            "UPDATE specialist_proposal SET state = 'approved'"),
        RowSecurityAttack(
            .coordinator, "Joins by the proposal that they made", stoppedBy: [.function(allows: .init(as: .stranger))],
            "SELECT FROM join_as_specialist('invited') j WHERE j IS NOT NULL"),
        RowSecurityAttack(
            .stranger, "Joins by a token that there is not",
            stoppedBy: [.function(allows: .init("SELECT FROM join_as_specialist('invited') j WHERE j IS NOT NULL"))],
            "SELECT FROM join_as_specialist('guessed') j WHERE j IS NOT NULL"),
        RowSecurityAttack(
            .stranger, "Asks whether an address was proposed", stoppedBy: [.function(allows: .init(as: .coordinator))],
            "SELECT claim_proposal(ARRAY[sha256('one')])"),
        RowSecurityAttack(
            .coordinator, "Asks whether somebody has a role", stoppedBy: [.privilege],
            "SELECT lock_role(\(u(9)), 'coordinator')"),
        RowSecurityAttack(
            .stranger, "Proposal of another taken back", stoppedBy: [.function(allows: .init(as: .coordinator))],
            "SELECT FROM withdraw_specialist(\(u(85))) w WHERE w"),
        RowSecurityAttack(
            .stranger, "Takes the specialist's role", "INSERT INTO account_role VALUES (\(u(10)), 'specialist')"),
        RowSecurityAttack(
            .specialist, "Entry written by hand", stoppedBy: [.privilege],
            """
            INSERT INTO specialist (id, name, credentials, organisation_id, time_zone, taxonomy_codes, languages,
                peer_to_peer, weekly_capacity)
            VALUES (\(u(10)), 'Sam', 'MD', \(u(60)), 'America/New_York', '{207RH0003X}', '{en}', true, 10)
            """),
        RowSecurityAttack(
            .coordinator, "What patients agreed to rewritten", stoppedBy: [.privilege, .trigger],
            "UPDATE consent_text SET body = 'I agree to all.'"),
    ]
}
