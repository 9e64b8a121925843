import Clinic
import FoundationEssentials
import Postgres

/// What booking needs to know of a case: whether it can have consults, between whom, and the caller's part in it.
struct ConsultCase: Sendable, Equatable {
    let id: CaseID
    let state: CaseState
    let lane: Lane
    let patient: AccountID
    /// The specialist who accepted it.
    let acceptedBy: AccountID?
    /// The treating clinician who consults, once they accepted the invitation.
    let clinician: AccountID?
    /// The further specialists of the case.
    let colleagues: [AccountID]
    let callerPart: CasePart

    /// From the acceptance until the case is closed.
    private static let bookable: Set<CaseState> = [.accepted, .reviewing, .opined, .delivered, .followUp]

    /// - Returns: the specialist who accepted the case.
    /// - Throws: `BookingRefusal.caseNotBookable`.
    @discardableResult
    func checkBookable() throws -> AccountID {
        guard Self.bookable.contains(state), let acceptedBy else { throw BookingRefusal.caseNotBookable }
        return acceptedBy
    }

    /// The people of a consult with these colleagues.
    /// - Throws: `BookingRefusal.caseNotBookable`, `.noParty`; `FieldRefusal` for somebody who is no colleague in the
    ///   case.
    func participants(with asked: [AccountID] = []) throws -> ConsultParticipants {
        let acceptedBy = try checkBookable()
        let asked = Set(asked).sorted()
        guard asked.allSatisfy({ colleagues.contains($0) }) else {
            throw FieldRefusal("/colleagues", rule: "choice", "must be colleagues who were brought into the case")
        }
        try FieldRule.check(count: asked.count, in: 0...ConsultParticipants.mostColleagues, at: "/colleagues")
        return ConsultParticipants(party: try party(), specialist: acceptedBy, colleagues: asked)
    }

    /// The party of the case's consults.
    /// - Throws: `BookingRefusal.noParty`.
    func party() throws -> AccountID {
        guard let party = lane == .licensed ? patient : clinician else { throw BookingRefusal.noParty }
        return party
    }

    /// - Throws: `BookingRefusal.notAllowed` for all but the party's side and the coordinator.
    func checkBooks(_ caller: Caller, as party: AccountID) throws {
        guard role(of: caller, party).changesTimes else { throw BookingRefusal.notAllowed }
    }

    /// - Throws: `BookingRefusal.notAllowed` for somebody who does not book consults of a kind.
    func checkBooks(_ caller: Caller, as party: AccountID, among sides: [ConsultSide]) throws {
        guard let side = role(of: caller, party).side, sides.contains(side) else { throw BookingRefusal.notAllowed }
    }

    private func role(of caller: Caller, _ party: AccountID) -> ConsultRole {
        ConsultRole(of: caller.account, part: callerPart, lane: lane, party: party)
    }

    /// The case as the caller sees it.
    /// - Parameter rows: of ``read(_:caller:)``.
    /// - Throws: `BookingRefusal.notFound` when the caller has no part in it, or is only asked whether to accept it.
    init(_ rows: [Row], id: CaseID) throws {
        guard let row = rows.first else { throw BookingRefusal.notFound }
        (state, lane, patient, acceptedBy, clinician, colleagues, callerPart) = try row.decode(
            CaseState.self, Lane.self, AccountID.self, AccountID?.self, AccountID?.self, [AccountID].self,
            CasePart.self)
        guard callerPart != .candidate else { throw BookingRefusal.notFound }
        self.id = id
    }

    static func read(_ id: CaseID, caller: Caller) -> SQL {
        """
        SELECT c.state, c.lane, c.patient_id, c.specialist_id, (
                SELECT p.account_id FROM consilium.case_part p
                WHERE p.case_id = c.id AND p.part = 'treating_clinician' AND p.until IS NULL AND p.reads_case
                ORDER BY p.since, p.account_id LIMIT 1),
            ARRAY(SELECT p.account_id FROM consilium.case_part p
                WHERE p.case_id = c.id AND p.part = 'colleague' AND p.until IS NULL),
            mine.part
        FROM consilium.clinical_case c JOIN consilium.case_part mine
            ON mine.case_id = c.id AND mine.account_id = \(caller.account) AND mine.until IS NULL
        WHERE c.id = \(id)
        """
    }
}

extension Transaction {
    /// A case as the caller sees it.
    /// - Throws: `BookingRefusal.notFound`.
    func consultCase(_ id: CaseID, by caller: Caller) async throws -> ConsultCase {
        try ConsultCase(try await query(ConsultCase.read(id, caller: caller)), id: id)
    }
}
