package import Clinic
package import Postgres

/// A filter of the directory; nil does not filter.
package struct SpecialistFilter: Hashable, Sendable {
    /// A NUCC code.
    package var taxonomy: String?
    /// Licensed there today.
    package var jurisdiction: Jurisdiction?
    /// A language without a region finds every region.
    package var language: LanguageTag?
    package var accepting: Bool?

    package init(
        taxonomy: String? = nil, jurisdiction: Jurisdiction? = nil, language: LanguageTag? = nil, accepting: Bool? = nil
    ) {
        self.taxonomy = taxonomy
        self.jurisdiction = jurisdiction
        self.language = language
        self.accepting = accepting
    }
}

extension MatchingService {
    /// The directory by name, then id. Everybody who is signed in may read it.
    /// - Parameters:
    ///   - last: the last entry of the page before.
    ///   - limit: how many at most.
    package func specialists(
        _ filter: SpecialistFilter, after last: AccountID?, limit: Int, in tx: Transaction
    ) async throws -> [SpecialistSummary] {
        try await tx.query(
            """
            SELECT s.id, s.name, s.credentials, o.name AS organisation, o.city, o.jurisdiction,
                s.time_zone::text AS time_zone, s.taxonomy_codes, s.languages, s.peer_to_peer, s.accepting
            FROM consilium.specialist s JOIN consilium.organisation o ON o.id = s.organisation_id
            WHERE (\(filter.taxonomy)::text IS NULL OR s.taxonomy_codes @> ARRAY[\(filter.taxonomy)::text])
                AND (\(filter.jurisdiction)::text IS NULL OR EXISTS (SELECT FROM consilium.licence l
                    WHERE l.specialist_id = s.id AND l.jurisdiction = \(filter.jurisdiction)::text
                        AND l.expires_on >= (clock_timestamp() AT TIME ZONE 'UTC')::date))
                AND (\(filter.language?.ranges)::text[] IS NULL OR EXISTS (
                    SELECT FROM unnest(s.languages) t (tag), unnest(\(filter.language?.ranges)::text[]) r (range)
                    WHERE t.tag = r.range OR starts_with(t.tag, r.range || '-')))
                AND (\(filter.accepting)::boolean IS NULL OR s.accepting = \(filter.accepting)::boolean)
                AND (\(last)::uuid IS NULL
                    OR (s.name, s.id) > (SELECT p.name, p.id FROM consilium.specialist p WHERE p.id = \(last)::uuid))
            ORDER BY s.name, s.id LIMIT \(limit)
            """
        ).map { row in
            SpecialistSummary(
                id: try row.decode("id"), name: try row.decode("name"), credentials: try row.decode("credentials"),
                organisation: try Specialist.Affiliation(row), timeZone: try row.decode("time_zone"),
                taxonomyCodes: try row.decode("taxonomy_codes"), languages: try row.decode("languages"),
                peerToPeer: try row.decode("peer_to_peer"), accepting: try row.decode("accepting"))
        }
    }

    /// One entry with all its fields.
    /// - Throws: `MatchingRefusal.notFound`.
    package func specialist(_ id: AccountID, in tx: Transaction) async throws -> Specialist {
        let taxonomy = tx.enqueue(
            """
            SELECT t.code, coalesce(n.display_name, t.code)
            FROM consilium.specialist s, unnest(s.taxonomy_codes) WITH ORDINALITY t (code, place)
                LEFT JOIN consilium.taxonomy n ON n.code = t.code
            WHERE s.id = \(id) ORDER BY t.place
            """)
        let licences = tx.enqueue(
            """
            SELECT jurisdiction, number, expires_on FROM consilium.licence WHERE specialist_id = \(id)
            ORDER BY jurisdiction
            """)
        let conditions = tx.enqueue(
            """
            SELECT code_prefix, yearly_volume FROM consilium.specialist_condition WHERE specialist_id = \(id)
            ORDER BY yearly_volume DESC, code_prefix
            """)
        let row = try await tx.first(
            """
            SELECT s.name, s.credentials, o.name AS organisation, o.city, o.jurisdiction,
                s.time_zone::text AS time_zone, s.languages, s.peer_to_peer, s.accepting, s.weekly_capacity, s.version
            FROM consilium.specialist s JOIN consilium.organisation o ON o.id = s.organisation_id WHERE s.id = \(id)
            """)
        guard let row else { throw MatchingRefusal.notFound }
        return Specialist(
            id: id, name: try row.decode("name"), credentials: try row.decode("credentials"),
            organisation: try Specialist.Affiliation(row), timeZone: try row.decode("time_zone"),
            taxonomy: try await taxonomy.rows().map {
                let (code, name) = try $0.decode(String.self, String.self)
                return Specialist.Taxonomy(code: code, name: name)
            },
            languages: try row.decode("languages"), peerToPeer: try row.decode("peer_to_peer"),
            accepting: try row.decode("accepting"), weeklyCapacity: try row.decode("weekly_capacity"),
            licences: try await licences.rows().map {
                let (place, number, expires) = try $0.decode(Jurisdiction.self, String.self, CivilDate.self)
                return Licence(jurisdiction: place, number: number, expiresOn: expires)
            },
            conditions: try await conditions.rows().map {
                let (prefix, volume) = try $0.decode(String.self, Int.self)
                return ConditionVolume(codePrefix: prefix, yearlyVolume: volume)
            },
            version: try row.decode("version"))
    }
}

extension Specialist.Affiliation {
    fileprivate init(_ row: Row) throws {
        self.init(
            name: try row.decode("organisation"), city: try row.decode("city"),
            jurisdiction: try row.decode("jurisdiction"))
    }
}
