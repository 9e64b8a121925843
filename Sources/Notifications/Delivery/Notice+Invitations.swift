import Clinic
import Postgres

extension Notice.Template {
    /// Whether the invitation in a mail can still be accepted (`accept_caregiver`, `accept_invitation`,
    /// `join_as_specialist`); true for a mail without one.
    func isOpen(in tx: Transaction) async throws -> Bool {
        switch self {
        case .caregiverInvited(let id):
            try await tx.first(
                """
                SELECT FROM consilium.caregiver_grant
                WHERE id = \(id) AND state = 'invited' AND expires_at > clock_timestamp()
                """) != nil
        case .clinicianInvited(let id):
            try await tx.first(
                """
                SELECT FROM consilium.invitation i JOIN consilium.clinical_case c ON c.id = i.case_id
                WHERE i.id = \(id) AND i.state = 'sent' AND i.expires_at > clock_timestamp()
                    AND c.state NOT IN ('closed', 'withdrawn', 'unable')
                """) != nil
        case .specialistInvited(let id):
            try await tx.first(
                """
                SELECT FROM consilium.specialist_proposal
                WHERE id = \(id) AND state = 'approved' AND expires_at > clock_timestamp()
                """) != nil
        default:
            true
        }
    }
}
