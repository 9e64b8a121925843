package import Clinic
package import FoundationEssentials
import Outbox
package import Postgres

/// The further specialists of a panel, in the order of their ids, each once.
package struct Colleagues: Codable, Sendable, Hashable {
    package let ids: [AccountID]

    package init(_ ids: [AccountID]) { self.ids = Set(ids).sorted() }

    package init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode([AccountID].self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(ids)
    }
}

/// Who is to be brought into a case.
package struct ColleagueRequest: Codable, Sendable, Hashable {
    package let specialist: AccountID

    package init(specialist: AccountID) { self.specialist = specialist }
}

/// A specialist who was brought into a case beside its own: she can sit in its consults and reads what its specialist
/// reads.
package struct Colleague: Codable, Sendable, Hashable {
    package let specialist: AccountID
    package let since: Date

    package init(specialist: AccountID, since: Date) {
        self.specialist = specialist
        self.since = since
    }
}

extension Scheduler {
    /// Brings a specialist of the directory into a case, by its own specialist or a coordinator, while the patient's
    /// consent `panel` is in force and the lane is open to her (P5). She is told.
    /// - Throws: `BookingRefusal.notFound`, `.notAllowed`, `.caseNotBookable`, `.consentNeeded`, `.laneClosed`,
    ///   `.hasPart`; `FieldRefusal` for who is not in the directory.
    package func bring(
        _ request: ColleagueRequest, into id: CaseID, by caller: Caller, in tx: Transaction
    ) async throws -> Colleague {
        let found = try ConsultCase(try await tx.query(ConsultCase.read(id, caller: caller)), id: id)
        guard found.callerPart == .specialist || found.callerPart == .coordinator else {
            throw BookingRefusal.notAllowed
        }
        try found.checkBookable()
        let colleague = request.specialist
        guard try await tx.first("SELECT FROM specialist WHERE id = \(colleague)") != nil else {
            throw FieldRefusal("/specialist", rule: "choice", "must be a specialist of the directory")
        }
        try await bring(colleague, into: id, by: caller, in: tx)
        guard let since = try await tx.first(ColleagueSQL.bring(colleague, into: id))?.decode(Date?.self) else {
            throw BookingRefusal.hasPart
        }
        try await outbox.tell(.colleagueBrought(id), to: [colleague], in: tx)
        return Colleague(specialist: colleague, since: since)
    }

    /// Checks what must be in force before somebody becomes a colleague, and keeps the lane's evidence.
    func bring(
        _ colleague: AccountID, into id: CaseID, by caller: Caller, in tx: Transaction
    ) async throws {
        guard try await tx.first(ColleagueSQL.consent(to: id)) != nil else { throw BookingRefusal.consentNeeded }
        let rows = try await tx.query(LaneFacts.read(of: ColleagueSQL.lane(of: colleague, in: id)))
        guard let row = rows.first else { throw BookingRefusal.notFound }
        try pass(LaneFacts(row), at: .match, by: caller, in: tx)
    }

    /// The colleagues in a case, in the order in which they came.
    /// - Throws: `BookingRefusal.notFound`.
    package func colleagues(in id: CaseID, by caller: Caller, in tx: Transaction) async throws -> [Colleague] {
        _ = try ConsultCase(try await tx.query(ConsultCase.read(id, caller: caller)), id: id)
        return try await tx.query(ColleagueSQL.list(id)).map { row in
            let (specialist, since) = try row.decode(AccountID.self, Date.self)
            return Colleague(specialist: specialist, since: since)
        }
    }

    /// Ends a colleague's part: by herself, the patient's side, the case's specialist or a coordinator. Panels go on
    /// without her, a consult that was with her alone is cancelled, holds that name her are given back; who was to meet
    /// is told.
    /// - Throws: `BookingRefusal.notFound` for who is no colleague in the case, `.notAllowed`.
    package func release(
        _ colleague: AccountID, from id: CaseID, by caller: Caller, in tx: Transaction
    ) async throws {
        let found = try ConsultCase(try await tx.query(ConsultCase.read(id, caller: caller)), id: id)
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
        "SELECT FROM consent WHERE case_id = \(`case`) AND kind = 'panel' AND withdrawn_at IS NULL"
    }

    /// What a lane is looked at for before she is brought into a case: now, with nobody opposite yet.
    static func lane(of colleague: AccountID, in case: CaseID) -> SQL {
        """
        (SELECT \(`case`)::uuid AS case_id, \(colleague)::uuid AS specialist_id, NULL::uuid AS party_id,
            clock_timestamp() AS at)
        """
    }

    static func bring(_ colleague: AccountID, into case: CaseID) -> SQL {
        "SELECT add_colleague(\(`case`), \(colleague))"
    }

    static func list(_ case: CaseID) -> SQL {
        """
        SELECT account_id, since FROM case_part WHERE case_id = \(`case`) AND part = 'colleague' AND until IS NULL
        ORDER BY since, account_id
        """
    }

    static func release(_ colleague: AccountID, from case: CaseID) -> SQL {
        "SELECT appointment_id, state, person_id FROM release_colleagues(\(`case`), \(colleague))"
    }
}
