package import FoundationEssentials

/// A person's role in the programme as a whole. Their rights in a case depend on their ``CasePart`` there.
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
    /// Whether the password or a code was given in this session within ``ProofNeeded/lasts``, by the database's clock.
    package let provedLately: Bool
    /// The source of this request in the audit log; nil for requests that change nothing.
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
