package import Clinic
package import FoundationEssentials
package import HTTPServer

// The audit entries that routes declare, as they mostly are.

extension HandlerContext {
    /// One entry for a thing of a case.
    package func reads<Tag>(_ noun: AuditRead.Noun, _ subject: ID<Tag>, of case: CaseID) -> [AuditRead] {
        [AuditRead(noun, subject.rawValue, in: .case(`case`), by: caller.account)]
    }

    /// One entry for each case of which a list holds something.
    package func reads<Thing>(_ noun: AuditRead.Noun, _ things: [Thing], by caseOf: (Thing) -> CaseID) -> [AuditRead] {
        Dictionary(grouping: things, by: caseOf).map { id, part in
            AuditRead(noun, id.rawValue, in: .case(id), by: caller.account, items: part.count)
        }
    }

    /// One entry for what was read of the case that the path names; none where nothing was.
    package func readsOfPath(_ noun: AuditRead.Noun, _ subject: UUID?, items: Int = 1) -> [AuditRead] {
        guard let id = try? id("id", as: CaseID.self), let subject else { return [] }
        return [AuditRead(noun, subject, in: .case(id), by: caller.account, items: items)]
    }
}
