import Clinic
import Postgres

/// The lane of one case with one specialist, now, with its evidence.
struct LaneFacts {
    let caseID: CaseID
    let specialist: AccountID
    let rule: LaneRule

    var obstacle: LaneRule.Obstacle? { rule.obstacle(at: .match) }
}

extension MatchingService {
    func laneFacts(
        of specialist: AccountID, in caseID: CaseID, in tx: Transaction
    ) async throws -> LaneFacts {
        let row = try await tx.first(
            """
            SELECT c.lane, c.jurisdiction, (clock_timestamp() AT TIME ZONE 'UTC')::date AS today, s.peer_to_peer,
                l.number, l.expires_on,
                (SELECT p.account_id FROM consilium.case_part p
                    WHERE p.case_id = c.id AND p.part = 'treating_clinician' AND p.reads_case AND p.until IS NULL
                    ORDER BY p.since LIMIT 1) AS clinician,
                (SELECT t.id FROM consilium.consent t
                    WHERE t.case_id = c.id AND t.kind = 'peer_to_peer' AND t.withdrawn_at IS NULL) AS consent
            FROM consilium.clinical_case c JOIN consilium.specialist s ON s.id = \(specialist)
                LEFT JOIN consilium.licence l ON l.specialist_id = s.id AND l.jurisdiction = c.jurisdiction
            WHERE c.id = \(caseID)
            """)
        guard let row else { throw MatchingRefusal.notFound }
        let jurisdiction: Jurisdiction = try row.decode("jurisdiction")
        var licence: Licence?
        if let number = try row.decode("number", as: String?.self),
            let expiresOn = try row.decode("expires_on", as: CivilDate?.self)
        {
            licence = Licence(jurisdiction: jurisdiction, number: number, expiresOn: expiresOn)
        }
        return LaneFacts(
            caseID: caseID, specialist: specialist,
            rule: LaneRule(
                lane: try row.decode("lane"), jurisdiction: jurisdiction, licence: licence,
                day: try row.decode("today"), specialistConsultsPeers: try row.decode("peer_to_peer"),
                treatingClinician: try row.decode("clinician"), consent: try row.decode("consent")))
    }

    /// Stores what was decided, on which evidence (P5).
    func recordCheck(of facts: LaneFacts, at gate: Gate, in tx: Transaction) async throws {
        let rule = facts.rule
        try await tx.execute(
            """
            INSERT INTO consilium.lane_check (id, case_id, specialist_id, gate, lane, lawful, jurisdiction,
                licence_number, licence_expires_on, party_id, consent_id)
            VALUES (\(LaneCheckID.random()), \(facts.caseID), \(facts.specialist), \(gate), \(rule.lane),
                \(rule.obstacle(at: gate) == nil), \(rule.jurisdiction), \(rule.licence?.number),
                \(rule.licence?.expiresOn), \(rule.treatingClinician), \(rule.consent))
            """)
    }
}
