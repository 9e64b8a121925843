package import Clinic
import FoundationEssentials
import Outbox
package import Postgres

extension Scheduler {
    /// Adds a specialist of the directory to a case, by its own specialist or a coordinator. The patient's consent
    /// `panel` must be in force, and the lane open to them (P5). They are told.
    /// - Throws: `BookingRefusal.notFound`, `.notAllowed`, `.caseNotBookable`, `.consentNeeded`, `.laneClosed`,
    ///   `.hasPart`; `FieldRefusal` for somebody who is not in the directory.
    package func addColleague(
        _ request: ColleagueRequest, to id: CaseID, by caller: Caller, in tx: Transaction
    ) async throws -> Colleague {
        let found = try await tx.consultCase(id, by: caller)
        guard found.callerPart == .specialist || found.callerPart == .coordinator else {
            throw BookingRefusal.notAllowed
        }
        try found.checkBookable()
        let colleague = request.specialist
        guard try await tx.first("SELECT FROM consilium.specialist WHERE id = \(colleague)") != nil else {
            throw FieldRefusal("/specialist", rule: "choice", "must be a specialist of the directory")
        }
        let since = try await add(colleague, to: id, by: caller, in: tx)
        return Colleague(specialist: colleague, since: since)
    }

    /// Checks consent and lane, makes somebody a colleague in a case, and tells them.
    /// - Returns: since when they are.
    func add(_ colleague: AccountID, to id: CaseID, by caller: Caller, in tx: Transaction) async throws -> Date {
        guard try await tx.first(ColleagueSQL.consent(to: id)) != nil else { throw BookingRefusal.consentNeeded }
        let rows = try await tx.query(LaneFacts.read(of: ColleagueSQL.lane(of: colleague, in: id)))
        guard !rows.isEmpty else { throw BookingRefusal.notFound }
        try checkLanes(try rows.map { try LaneFacts($0) }, at: .match, by: caller, in: tx)
        guard let since = try await tx.first(ColleagueSQL.add(colleague, to: id))?.decode(Date?.self) else {
            throw BookingRefusal.hasPart
        }
        try await outbox.tell(.colleagueBrought(id), to: [colleague], in: tx)
        return since
    }

    /// The colleagues in a case, by when they were added.
    /// - Throws: `BookingRefusal.notFound`.
    package func colleagues(in id: CaseID, by caller: Caller, in tx: Transaction) async throws -> [Colleague] {
        _ = try await tx.consultCase(id, by: caller)
        return try await tx.query(ColleagueSQL.list(id)).map { row in
            let (specialist, since) = try row.decode(AccountID.self, Date.self)
            return Colleague(specialist: specialist, since: since)
        }
    }

    /// Ends a colleague's part: by themselves, the patient's side, the case's specialist or a coordinator. Panels go on
    /// without them, a consult with them alone is cancelled, and holds with them are released. The people of those
    /// consults are told.
    /// - Throws: `BookingRefusal.notFound` for somebody who is no colleague in the case, `.notAllowed`.
    package func release(
        _ colleague: AccountID, from id: CaseID, by caller: Caller, in tx: Transaction
    ) async throws {
        let found = try await tx.consultCase(id, by: caller)
        guard found.callerPart != .treatingClinician else { throw BookingRefusal.notAllowed }
        guard found.colleagues.contains(colleague) else { throw BookingRefusal.notFound }
        guard found.callerPart != .colleague || colleague == caller.account else { throw BookingRefusal.notAllowed }
        for row in try await tx.query(ColleagueSQL.release(colleague, from: id)) {
            let (appointment, state, person) = try row.decode(
                AppointmentID.self, AppointmentState.self, AccountID.self)
            let template: Notice.Template =
                state == .cancelled ? .appointmentCancelled(appointment) : .panelChanged(appointment)
            try await outbox.tell(template, to: [person], in: tx)
        }
        guard colleague != caller.account else { return }
        try await outbox.tell(.colleagueReleased(id), to: [colleague], in: tx)
    }
}

enum ColleagueSQL {
    static func consent(to case: CaseID) -> SQL {
        "SELECT FROM consilium.consent WHERE case_id = \(`case`) AND kind = 'panel' AND withdrawn_at IS NULL"
    }

    /// For ``LaneFacts/read(of:said:)``, before they are added to a case: now, without a party yet.
    static func lane(of colleague: AccountID, in case: CaseID) -> SQL {
        """
        (SELECT \(`case`)::uuid AS case_id, \(colleague)::uuid AS specialist_id, NULL::uuid AS party_id,
            clock_timestamp() AS at)
        """
    }

    static func add(_ colleague: AccountID, to case: CaseID) -> SQL {
        "SELECT consilium.bring_colleague(\(`case`), \(colleague))"
    }

    static func list(_ case: CaseID) -> SQL {
        """
        SELECT account_id, since FROM consilium.case_part
        WHERE case_id = \(`case`) AND part = 'colleague' AND until IS NULL
        ORDER BY since, account_id
        """
    }

    static func release(_ colleague: AccountID, from case: CaseID) -> SQL {
        "SELECT appointment_id, state, person_id FROM consilium.release_colleagues(\(`case`), \(colleague))"
    }
}
