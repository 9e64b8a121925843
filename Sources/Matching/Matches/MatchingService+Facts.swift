import Clinic
import FoundationEssentials
import Postgres
import Vault

extension MatchingService {
    /// Gathers the input of the rules. The soonest opening is looked up only for those who could take the case.
    /// - Throws: `MatchingRefusal.notFound`, `.caseNotReady`, `.conditionMissing`.
    func matchInput(for caseID: CaseID, in tx: Transaction) async throws -> MatchInput {
        var input = try await caseFacts(of: caseID, in: tx)
        input.specialists = try await specialistFacts(for: caseID, input, in: tx)
        let able = try MatchRules.rank(input).ranking.map(\.specialist)
        let soonest = try await soonestOpenings(of: able, in: tx)
        for place in input.specialists.indices {
            input.specialists[place].soonestDays = soonest[input.specialists[place].id]
        }
        return input
    }

    private func caseFacts(of caseID: CaseID, in tx: Transaction) async throws -> MatchInput {
        let row = try await tx.first(
            """
            SELECT c.state, c.lane, c.jurisdiction, c.language, (clock_timestamp() AT TIME ZONE 'UTC')::date,
                (SELECT t.id FROM consilium.consent t
                    WHERE t.case_id = c.id AND t.kind = 'peer_to_peer' AND t.withdrawn_at IS NULL)
            FROM consilium.clinical_case c WHERE c.id = \(caseID)
            """)
        guard let row else { throw MatchingRefusal.notFound }
        let (state, lane, jurisdiction, language, day, consent) = try row.decode(
            CaseState.self, Lane.self, Jurisdiction.self, String.self, CivilDate.self, ConsentID?.self)
        guard state == .ready else { throw MatchingRefusal.caseNotReady(state) }
        let condition = try await condition(of: caseID, in: tx)
        return MatchInput(
            day: day, condition: condition, lane: lane, jurisdiction: jurisdiction, language: Self.spoken(language),
            consent: consent, taxonomy: try await usualTaxonomy(of: condition, in: tx), specialists: [])
    }

    /// The code in the intake part of kind `condition`.
    private func condition(of caseID: CaseID, in tx: Transaction) async throws -> String {
        let row = try await tx.first(
            """
            SELECT id, body FROM consilium.intake_part WHERE case_id = \(caseID) AND kind = \(IntakeKind.condition)
            ORDER BY ordinal LIMIT 1
            """)
        guard let row else { throw MatchingRefusal.conditionMissing }
        let (id, body) = try row.decode(IntakePartID.self, [UInt8].self)
        let key = try await vault.caseKey(caseID, in: tx)
        let stated = try key.open(body, json: IntakeText.self, as: RowIdentity("intake_part.body", id.rawValue))
        guard let code = stated.code else { throw MatchingRefusal.conditionMissing }
        return code
    }

    private func usualTaxonomy(of condition: String, in tx: Transaction) async throws -> [MatchInput.UsualTaxonomy] {
        try await tx.query(
            """
            SELECT code_prefix, taxonomy_code, weight FROM consilium.condition_taxonomy
            WHERE starts_with(\(condition)::text, code_prefix) ORDER BY code_prefix, taxonomy_code
            """
        ).map { row in
            let (prefix, code, weight) = try row.decode(String.self, String.self, Int.self)
            return MatchInput.UsualTaxonomy(prefix: prefix, code: code, weight: weight)
        }
    }

    private func specialistFacts(
        for caseID: CaseID, _ input: MatchInput, in tx: Transaction
    ) async throws -> [MatchInput.SpecialistFacts] {
        try await tx.query(
            """
            SELECT s.id, s.taxonomy_codes, s.languages, s.accepting, s.peer_to_peer, s.weekly_capacity,
                coalesce(l.taken, 0) AS taken, coalesce(l.working, 0) AS working, li.number, li.expires_on,
                coalesce(v.prefixes, '{}') AS prefixes, coalesce(v.volumes, '{}') AS volumes, p.part,
                coalesce(e.states, '{}') AS offers
            FROM consilium.specialist s
                LEFT JOIN consilium.specialist_loads() l ON l.specialist_id = s.id
                LEFT JOIN consilium.licence li ON li.specialist_id = s.id AND li.jurisdiction = \(input.jurisdiction)
                LEFT JOIN (
                    SELECT specialist_id, array_agg(code_prefix ORDER BY code_prefix) AS prefixes,
                        array_agg(yearly_volume ORDER BY code_prefix) AS volumes
                    FROM consilium.specialist_condition WHERE starts_with(\(input.condition)::text, code_prefix)
                    GROUP BY specialist_id) v ON v.specialist_id = s.id
                LEFT JOIN consilium.case_part p ON p.case_id = \(caseID) AND p.account_id = s.id AND p.until IS NULL
                    AND p.part NOT IN ('candidate', 'specialist')
                LEFT JOIN (
                    SELECT specialist_id, array_agg(DISTINCT state::text ORDER BY state::text) AS states
                    FROM consilium.offer WHERE case_id = \(caseID) GROUP BY specialist_id) e ON e.specialist_id = s.id
            ORDER BY s.id
            """
        ).map { try specialist(of: $0, licensedIn: input.jurisdiction) }
    }

    private func specialist(
        of row: Row, licensedIn jurisdiction: Jurisdiction
    ) throws -> MatchInput.SpecialistFacts {
        var licence: Licence?
        if let number = try row.decode("number", as: String?.self),
            let expiresOn = try row.decode("expires_on", as: CivilDate?.self)
        {
            licence = Licence(jurisdiction: jurisdiction, number: number, expiresOn: expiresOn)
        }
        let volumes = zip(
            try row.decode("prefixes", as: [String].self), try row.decode("volumes", as: [Int].self))
        return MatchInput.SpecialistFacts(
            id: try row.decode("id"), taxonomy: try row.decode("taxonomy_codes"),
            languages: try row.decode("languages", as: [String].self).map(Self.spoken),
            accepting: try row.decode("accepting"), consultsPeers: try row.decode("peer_to_peer"),
            weeklyCapacity: try row.decode("weekly_capacity"), takenThisWeek: try row.decode("taken"),
            openCases: try row.decode("working"), licence: licence,
            volumes: volumes.map { MatchInput.Volume(prefix: $0, yearly: $1) }, otherPart: try row.decode("part"),
            earlierOffers: try row.decode("offers"))
    }

    /// The rules compare languages by their first subtags, so two written forms of one spoken language must be equal
    /// here.
    private static func spoken(_ language: String) -> String { LanguageTag(language)?.spoken ?? language }

    /// Whole days until each one's next opening for a consult of 45 minutes, within 30 days.
    private func soonestOpenings(of specialists: [AccountID], in tx: Transaction) async throws -> [AccountID: Int] {
        let rows = try await tx.query(
            """
            SELECT s.id, extract(day FROM o.starts_at - clock_timestamp())::integer
            FROM unnest(\(specialists)) s (id), LATERAL consilium.soonest(
                ARRAY[s.id], 'consult-45', clock_timestamp(), clock_timestamp() + interval '30 days', 1, '{}') o
            """)
        return try rows.reduce(into: [:]) { soonest, row in
            let (id, days) = try row.decode(AccountID.self, Int.self)
            soonest[id] = days
        }
    }
}
