/// What a long request depends on: a live session, and where it is about a case a part that reads it.
package struct HeldAccess: Sendable, Hashable {
    package let session: SessionID
    /// Nil where no part is needed.
    package let `case`: CaseID?

    package init(session: SessionID, case: CaseID? = nil) {
        self.session = session
        self.case = `case`
    }
}
