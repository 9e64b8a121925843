package import Clinic
import FoundationEssentials
import Postgres

/// What was decided about a lane at a gate, with the evidence that was looked at (P5).
package struct LaneCheck: Sendable, Hashable {
    package let id: LaneCheckID
    package let `case`: CaseID
    package let specialist: AccountID
    package let gate: Gate
    package let rule: LaneRule

    /// Why the lane is closed; nil where the consult is lawful.
    package var obstacle: LaneRule.Obstacle? { rule.obstacle(at: gate) }

    init(_ facts: LaneFacts, at gate: Gate) {
        id = .random()
        self.case = facts.case
        specialist = facts.specialist
        self.gate = gate
        rule = facts.rule
    }

    /// Keeps the check; rows are never changed.
    var insert: SQL {
        """
        INSERT INTO lane_check (id, case_id, specialist_id, gate, lane, lawful, jurisdiction, licence_number,
            licence_expires_on, party_id, consent_id)
        VALUES (\(id), \(`case`), \(specialist), \(gate), \(rule.lane), \(obstacle == nil), \(rule.jurisdiction),
            \(rule.licence?.number), \(rule.licence?.expiresOn), \(rule.treatingClinician), \(rule.consent))
        """
    }
}

/// The facts that a lane is judged by, read behind the locks.
struct LaneFacts: Sendable {
    let `case`: CaseID
    let specialist: AccountID
    /// Whether the case can still have consults with this specialist, its own or a colleague.
    let isBookable: Bool
    let rule: LaneRule

    /// - Parameters:
    ///   - consult: a subquery with a row for each specialist and the columns `case_id`, `specialist_id`, `party_id` and `at`, the instant that counts.
    ///   - said: where the patient says that she is; her residence where nil.
    static func read(of consult: SQL, said: Jurisdiction? = nil) -> SQL {
        """
        SELECT k.case_id, k.specialist_id,
            (c.specialist_id = k.specialist_id OR EXISTS (SELECT FROM case_part p WHERE p.case_id = c.id
                    AND p.account_id = k.specialist_id AND p.part = 'colleague' AND p.until IS NULL))
                AND c.state IN ('accepted', 'reviewing', 'opined', 'delivered', 'follow_up'),
            c.lane, coalesce(\(said), c.jurisdiction), l.number, l.expires_on, (k.at AT TIME ZONE 'UTC')::date,
            s.peer_to_peer, clinician.account_id, n.id
        FROM \(fragment: consult) k JOIN clinical_case c ON c.id = k.case_id
            JOIN specialist s ON s.id = k.specialist_id
            LEFT JOIN licence l
                ON l.specialist_id = s.id AND l.jurisdiction = coalesce(\(said), c.jurisdiction)
            LEFT JOIN case_part clinician ON clinician.case_id = c.id AND clinician.account_id = k.party_id
                AND clinician.part = 'treating_clinician' AND clinician.until IS NULL AND clinician.reads_case
            LEFT JOIN consent n ON n.case_id = c.id AND n.kind = 'peer_to_peer' AND n.withdrawn_at IS NULL
        """
    }

    /// Those of all specialists of a consult.
    /// - Throws: `BookingRefusal.notFound` when one is not visible, `.caseNotBookable` when one can meet no more.
    static func all(of pair: ConsultParticipants, _ rows: [Row]) throws -> [LaneFacts] {
        let facts = try rows.map { try LaneFacts($0) }
        guard Set(facts.map(\.specialist)) == Set(pair.specialists) else { throw BookingRefusal.notFound }
        guard facts.allSatisfy(\.isBookable) else { throw BookingRefusal.caseNotBookable }
        return facts
    }

    init(_ row: Row) throws {
        let (id, specialist, bookable, lane, place, number, expires, day, peers, clinician, consent) = try row.decode(
            CaseID.self, AccountID.self, Bool?.self, Lane.self, Jurisdiction.self, String?.self, CivilDate?.self,
            CivilDate.self, Bool.self, AccountID?.self, ConsentID?.self)
        self.case = id
        self.specialist = specialist
        isBookable = bookable ?? false
        var licence: Licence?
        if let number, let expires { licence = Licence(jurisdiction: place, number: number, expiresOn: expires) }
        rule = LaneRule(
            lane: lane, jurisdiction: place, licence: licence, day: day, specialistConsultsPeers: peers,
            treatingClinician: clinician, consent: consent)
    }
}

extension Scheduler {
    /// Puts the evidence of lawful checks in line.
    ///
    /// A refusal rolls its transaction back, so what was found is kept by a transaction of its own right after. That
    /// one may fail while the refusal stands: nothing unlawful can follow from a check that is missing.
    /// - Throws: `BookingRefusal.laneClosed`.
    func pass(_ facts: [LaneFacts], at gate: Gate, by caller: Caller, in tx: Transaction) throws {
        for facts in facts { try pass(facts, at: gate, by: caller, in: tx) }
    }

    func pass(_ facts: LaneFacts, at gate: Gate, by caller: Caller, in tx: Transaction) throws {
        let check = LaneCheck(facts, at: gate)
        guard check.obstacle == nil else {
            tx.onRollback { [database] in
                _ = try? await database.withTransaction(as: caller.actor) { try await $0.execute(check.insert) }
            }
            throw BookingRefusal.laneClosed(check)
        }
        _ = tx.enqueue(check.insert)
    }
}
