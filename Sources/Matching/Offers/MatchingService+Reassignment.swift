package import Clinic
import FoundationEssentials
import Outbox
package import Postgres

extension MatchingService {
    /// Takes an accepted case back from its specialist, for a new match. Their offer is withdrawn, their part and their
    /// colleagues' parts end, its consults are cancelled, and the people in them are told. Only coordinators may do it.
    /// - Throws: `MatchingRefusal.notFound`, `.notAllowed`, `.caseNotReady`.
    package func reassign(_ caseID: CaseID, by caller: Caller, in tx: Transaction) async throws {
        try await requirePart(of: caller, in: caseID, oneOf: [.coordinator], in: tx)
        let consults = try await tx.query(
            """
            SELECT a.id, person FROM consilium.appointment a, unnest(consilium.consult_people(a)) person
            WHERE a.case_id = \(caseID) AND a.state IN ('booked', 'checked_in') ORDER BY a.id, person
            """
        ).map { try $0.decode(AppointmentID.self, AccountID.self) }
        // Locks the calendars, then the holds, appointments and offers, which all come before the case.
        try await tx.execute("SELECT consilium.release_case(\(caseID))")
        let state = try await lockCase(caseID, in: tx)
        guard state == .accepted || state == .reviewing else { throw MatchingRefusal.caseNotReady(state) }
        try await tx.execute(
            """
            UPDATE consilium.case_part SET until = clock_timestamp()
            WHERE case_id = \(caseID) AND part IN ('specialist', 'colleague') AND until IS NULL
            """)
        try await tx.execute(
            """
            UPDATE consilium.clinical_case SET state = 'ready', specialist_id = NULL, version = version + 1
            WHERE id = \(caseID)
            """)
        try await outbox.tell(
            .caseReassigned(caseID), [.patient, .caregiver, .specialist, .colleague], of: caseID, in: tx)
        for (appointment, person) in consults {
            try await outbox.tell(.appointmentCancelled(appointment), to: [person], in: tx)
        }
    }
}
