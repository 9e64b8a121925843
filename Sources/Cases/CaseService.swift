package import Outbox
package import Vault

/// What hangs on a case: its intake, consents, records and files, the first read, the opinion and what followed. Each store
/// works in the caller's transaction.
package struct CaseService: Sendable {
    package let cases: CaseStore
    package let lifecycle: CaseLifecycle
    package let consents: Consents
    package let invitations: Invitations
    package let records: Records
    package let uploads: Uploads
    package let downloads: Downloads
    package let firstReads: FirstReads
    package let opinions: Opinions
    package let outcomes: Outcomes
    package let worklist = Worklist()
    package let emergencyAccesses: EmergencyAccesses

    /// - Parameter fileLimit: bytes of the largest file.
    package init(vault: Vault, outbox: Outbox, fileLimit: Int) {
        cases = CaseStore(vault: vault)
        lifecycle = CaseLifecycle(vault: vault, outbox: outbox)
        consents = Consents(outbox: outbox)
        invitations = Invitations(vault: vault, outbox: outbox)
        records = Records(vault: vault, outbox: outbox)
        uploads = Uploads(vault: vault, outbox: outbox, limit: fileLimit)
        downloads = Downloads(vault: vault)
        firstReads = FirstReads(vault: vault)
        opinions = Opinions(vault: vault, outbox: outbox)
        outcomes = Outcomes(vault: vault)
        emergencyAccesses = EmergencyAccesses(vault: vault, outbox: outbox)
    }
}
