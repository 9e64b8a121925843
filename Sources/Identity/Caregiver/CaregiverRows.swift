import Clinic
import Postgres

/// The statements of caregivers' grants.
enum CaregiverRows {
    static func lock(_ patient: AccountID) -> SQL {
        "SELECT FROM consilium.account WHERE id = \(patient) FOR NO KEY UPDATE"
    }

    /// Expired invitations do not count.
    static func countLive(of patient: AccountID) -> SQL {
        """
        SELECT count(*) FROM consilium.caregiver_grant
        WHERE patient_id = \(patient)
            AND (state = 'active' OR (state = 'invited' AND expires_at > clock_timestamp()))
        """
    }

    static func insert(
        _ id: GrantID, _ patient: AccountID, _ kind: CaregiverKind, _ digest: [UInt8], _ email: [UInt8]
    ) -> SQL {
        """
        INSERT INTO consilium.caregiver_grant (id, patient_id, kind, state, token_digest, email, expires_at)
        VALUES (\(id), \(patient), \(kind), 'invited', \(digest), \(email), clock_timestamp() + interval '14 days')
        RETURNING created_at, expires_at
        """
    }

    static func live(of account: AccountID) -> SQL {
        """
        SELECT id, kind, state, patient_id, caregiver_id, email, created_at, expires_at
        FROM consilium.caregiver_grant
        WHERE \(account) IN (patient_id, caregiver_id)
            AND (state = 'active' OR (state = 'invited' AND expires_at > clock_timestamp()))
        ORDER BY id DESC
        """
    }

    static func accept(_ digest: [UInt8]) -> SQL { "SELECT consilium.accept_caregiver(\(digest))" }

    static func end(_ id: GrantID) -> SQL { "SELECT consilium.end_caregiver(\(id))" }
}
