package import Outbox
package import Postgres
package import Vault

/// Who people are: accounts, sign-in, sessions, second factors, caregivers, and the log of who has seen what.
///
/// A function with a transaction parameter works in the caller's transaction. A function that hashes a password opens
/// short transactions of its own, so that no connection waits for scrypt.
package struct IdentityService: Sendable {
    package let signUp: SignUp
    package let signIn: SignIn
    package let sessions: Sessions
    package let proof: SessionProof
    package let passwords: Passwords
    package let emailChange: EmailChange
    package let secondFactors: SecondFactors
    package let factorRecoveries: FactorRecoveries
    package let specialistProposals: SpecialistProposals
    package let profiles: Profiles
    package let accountClosure: AccountClosure
    package let caregivers: Caregivers
    package let accessLog: AccessLog
    package let casePeople: CasePeople
    package let accountLog: AccountLog
    package let auditReads: AuditReads

    /// - Parameter database: as `consilium_app`.
    package init(database: Database, vault: Vault, outbox: Outbox, settings: IdentitySettings) {
        let dependencies = IdentityDependencies(database: database, vault: vault, outbox: outbox, settings: settings)
        signUp = SignUp(dependencies)
        signIn = SignIn(dependencies)
        sessions = Sessions(dependencies)
        proof = SessionProof(dependencies)
        passwords = Passwords(dependencies)
        emailChange = EmailChange(dependencies)
        secondFactors = SecondFactors(dependencies)
        factorRecoveries = FactorRecoveries(dependencies)
        specialistProposals = SpecialistProposals(vault: vault, outbox: outbox, settings: settings)
        profiles = Profiles(dependencies)
        accountClosure = AccountClosure(vault: vault, outbox: outbox)
        caregivers = Caregivers(dependencies)
        accessLog = AccessLog(vault: vault)
        casePeople = CasePeople(vault: vault)
        accountLog = AccountLog(vault: vault)
        auditReads = AuditReads(database: database)
    }
}
