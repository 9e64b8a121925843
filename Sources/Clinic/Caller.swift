package import FoundationEssentials

/// What a person is to the programme as a whole. What she may do in a case is her ``CasePart`` there.
package enum Role: String, Codable, Sendable, CaseIterable {
    case patient, caregiver, specialist
    case treatingClinician = "treating_clinician"
    case coordinator, `operator`
}

/// The signed-in person on whose behalf a request is answered.
package struct Caller: Sendable, Hashable {
    package let account: AccountID
    package let session: SessionID
    package let roles: Set<Role>
    /// Whether this session was opened with a second factor.
    package let showedSecondFactor: Bool
    /// Whether the password or a code was shown in this session within ``ProofNeeded/lasts``, by the database's clock.
    package let provedLately: Bool
    /// From where this request comes, as the audit log keeps it; nil for what changes nothing.
    package var source: UUID?

    package init(
        account: AccountID, session: SessionID, roles: Set<Role>, showedSecondFactor: Bool, provedLately: Bool
    ) {
        self.account = account
        self.session = session
        self.roles = roles
        self.showedSecondFactor = showedSecondFactor
        self.provedLately = provedLately
        source = nil
    }
}
