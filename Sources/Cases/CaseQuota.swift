import Clinic
import Postgres

/// How much a patient, a person or a case may have at once, so that nobody fills the database or the coordinators'
/// worklist. The database enforces each under a lock of its own (`hold_quota`), so that a race cannot exceed it.
package enum CaseQuota: String, Sendable, CaseIterable {
    /// Cases of one patient that have not ended.
    case openCases = "quota_open_cases"
    /// Records of a case.
    case records = "quota_records"
    /// Invitations of a case that were sent or accepted.
    case invitations = "quota_invitations"
    /// Bytes of all files of a case, as announced.
    case caseBytes = "quota_case_bytes"
    /// Bytes of the unfinished files that one person has announced, in all cases.
    case unfinishedBytes = "quota_unfinished_bytes"

    package var most: Int {
        switch self {
        case .openCases, .invitations: 20
        case .records: 200
        case .caseBytes, .unfinishedBytes: 20 << 30
        }
    }

    /// Runs a statement that adds to what a quota counts.
    /// - Throws: `CaseRefusal.quota` where the database refuses it for that.
    static func held<Value>(_ work: () async throws -> Value) async throws -> Value {
        try await refusing(by: { CaseQuota(rawValue: $0).map(CaseRefusal.quota) }, work)
    }
}
