package import Postgres

/// The facts by which the lane of one case with one specialist is judged.
package struct LaneFacts: Sendable, Hashable {
    package let `case`: CaseID
    package let specialist: AccountID
    /// Whether the case can have consults with this specialist, who accepted it or is a colleague in it.
    package let isBookable: Bool
    package let rule: LaneRule

    /// Reads the facts of each specialist of a consult.
    /// - Parameters:
    ///   - consult: a subquery with a row for each specialist and the columns `case_id`, `specialist_id`, `party_id` and
    ///     `at`, the instant that counts.
    ///   - said: where the patient says that they are; their residence where nil.
    package static func read(of consult: SQL, said: Jurisdiction? = nil) -> SQL {
        """
        SELECT k.case_id, k.specialist_id,
            coalesce((c.specialist_id = k.specialist_id OR EXISTS (SELECT FROM consilium.case_part p
                    WHERE p.case_id = c.id AND p.account_id = k.specialist_id AND p.part = 'colleague'
                        AND p.until IS NULL))
                AND c.state IN ('accepted', 'reviewing', 'opined', 'delivered', 'follow_up'), false) AS is_bookable,
            c.lane, coalesce(\(said), c.jurisdiction) AS jurisdiction, l.number, l.expires_on,
            (k.at AT TIME ZONE 'UTC')::date AS day, s.peer_to_peer, clinician.account_id AS clinician_id,
            n.id AS consent_id
        FROM \(fragment: consult) k JOIN consilium.clinical_case c ON c.id = k.case_id
            JOIN consilium.specialist s ON s.id = k.specialist_id
            LEFT JOIN consilium.licence l
                ON l.specialist_id = s.id AND l.jurisdiction = coalesce(\(said), c.jurisdiction)
            LEFT JOIN consilium.case_part clinician ON clinician.case_id = c.id AND clinician.account_id = k.party_id
                AND clinician.part = 'treating_clinician' AND clinician.until IS NULL AND clinician.reads_case
            LEFT JOIN consilium.consent n
                ON n.case_id = c.id AND n.kind = 'peer_to_peer' AND n.withdrawn_at IS NULL
        """
    }

    /// - Parameter row: of ``read(of:said:)``.
    package init(_ row: Row) throws {
        self.case = try row.decode("case_id")
        specialist = try row.decode("specialist_id")
        isBookable = try row.decode("is_bookable")
        let jurisdiction: Jurisdiction = try row.decode("jurisdiction")
        var licence: Licence?
        if let number: String = try row.decode("number"), let expiresOn: CivilDate = try row.decode("expires_on") {
            licence = Licence(jurisdiction: jurisdiction, number: number, expiresOn: expiresOn)
        }
        rule = LaneRule(
            lane: try row.decode("lane"), jurisdiction: jurisdiction, licence: licence, day: try row.decode("day"),
            specialistConsultsPeers: try row.decode("peer_to_peer"),
            treatingClinician: try row.decode("clinician_id"), consent: try row.decode("consent_id"))
    }
}

/// What was decided about a lane at a gate, with the evidence that was looked at (P5).
package struct LaneCheck: Sendable, Hashable {
    package let id = LaneCheckID.random()
    package let facts: LaneFacts
    package let gate: Gate

    package init(_ facts: LaneFacts, at gate: Gate) {
        self.facts = facts
        self.gate = gate
    }

    /// Why the lane is closed; nil where the consult is lawful.
    package var obstacle: LaneRule.Obstacle? { facts.rule.obstacle(at: gate) }

    /// Stores the check. Its row is never changed.
    package var insert: SQL {
        let rule = facts.rule
        return """
            INSERT INTO consilium.lane_check (id, case_id, specialist_id, gate, lane, lawful, jurisdiction,
                licence_number, licence_expires_on, party_id, consent_id)
            VALUES (\(id), \(facts.case), \(facts.specialist), \(gate), \(rule.lane),
                \(obstacle == nil), \(rule.jurisdiction), \(rule.licence?.number), \(rule.licence?.expiresOn),
                \(rule.treatingClinician), \(rule.consent))
            """
    }
}
