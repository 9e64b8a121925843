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
            SELECT c.lane, c.jurisdiction, (clock_timestamp() AT TIME ZONE 'UTC')::date, s.peer_to_peer,
                l.number, l.expires_on,
                (SELECT p.account_id FROM consilium.case_part p
                    WHERE p.case_id = c.id AND p.part = 'treating_clinician' AND p.reads_case AND p.until IS NULL ORDER BY p.since LIMIT 1),
                (SELECT t.id FROM consilium.consent t
                    WHERE t.case_id = c.id AND t.kind = 'peer_to_peer' AND t.withdrawn_at IS NULL)
            FROM consilium.clinical_case c JOIN consilium.specialist s ON s.id = \(specialist)
                LEFT JOIN consilium.licence l ON l.specialist_id = s.id AND l.jurisdiction = c.jurisdiction
            WHERE c.id = \(caseID)
            """)
        guard let row else { throw MatchingRefusal.notFound }
        let (lane, jurisdiction, day, peers, number, expires, clinician, consent) = try row.decode(
            Lane.self, Jurisdiction.self, CivilDate.self, Bool.self, String?.self, CivilDate?.self, AccountID?.self,
            ConsentID?.self)
        var licence: Licence?
        if let number, let expires {
            licence = Licence(jurisdiction: jurisdiction, number: number, expiresOn: expires)
        }
        return LaneFacts(
            caseID: caseID, specialist: specialist,
            rule: LaneRule(
                lane: lane, jurisdiction: jurisdiction, licence: licence, day: day, specialistConsultsPeers: peers,
                treatingClinician: clinician, consent: consent))
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
