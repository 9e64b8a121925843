package import Clinic
import FoundationEssentials
import Outbox
package import Postgres
import Vault

/// A new message.
package struct MessageDraft: Codable, Sendable, Hashable {
    package let text: String
    /// Whether its author wants it read soon.
    package let urgent: Bool?
    /// Whether it reveals the earlier opinion; by default what a treating clinician writes does, and nothing else.
    package let revealsPrior: Bool?
    /// The care thread when nil.
    package let thread: ThreadKind?

    package init(text: String, urgent: Bool? = nil, revealsPrior: Bool? = nil, thread: ThreadKind? = nil) {
        self.text = text
        self.urgent = urgent
        self.revealsPrior = revealsPrior
        self.thread = thread
    }

    fileprivate static let textRule = TextRule.lines(max: 8000)

    package static let example = MessageDraft(
        text: "Shall I bring the slides?", urgent: false, revealsPrior: false, thread: .care)
}

extension MessageDraft: Ruled {
    package static let rules: [String: FieldRule] = ["text": .text(textRule)]
}

extension Messenger {
    /// Adds a message under the next number of its thread. Raising the number, which locks the thread, reading and
    /// writing are separate statements: in one statement they would leave gaps.
    /// - Throws: `FieldRefusal` for the text; `MessagingRefusal.notFound`, `.caseEnded`.
    package func post(
        _ draft: MessageDraft, to case: CaseID, by caller: Caller, in tx: Transaction
    ) async throws -> ThreadEntry {
        try MessageDraft.textRule.check(draft.text, at: "/text")
        let kind = draft.thread ?? .care
        // All in one round trip: a refusal rolls the number back.
        let raised = tx.enqueue(ThreadSQL.bump(kind, of: `case`))
        let wrote = tx.enqueue(ThreadSQL.writer(caller, in: `case`))
        let sealing = vault.enqueueCaseKey(`case`, in: tx)
        guard let writer = try await wrote.first(), let number = try await raised.first() else {
            throw MessagingRefusal.notFound
        }
        let (thread, seq) = try number.decode(ThreadID.self, Int.self)
        let (part, isOpen) = try writer.decode(CasePart.self, Bool.self)
        guard isOpen else { throw MessagingRefusal.caseEnded }

        let key = try await sealing.key()
        let id = MessageID.random()
        let urgent = draft.urgent ?? false
        let revealsPrior = draft.revealsPrior ?? (part == .treatingClinician)
        let body = try key.seal(text: draft.text, as: .messageBody(id))
        let written = tx.enqueue(
            """
            INSERT INTO consilium.message (thread_id, seq, id, case_id, staff_only, kind, author_id, reveals_prior, urgent,
                body)
            VALUES (\(thread), \(seq), \(id), \(`case`), \(kind == .staff), 'text', \(caller.account), \(revealsPrior),
                \(urgent), \(body))
            RETURNING sent_at
            """)
        let recipients = try await tx.query(
            Self.listeners(
                thread, seq: seq, case: `case`, staff: kind == .staff, urgent: urgent, revealsPrior: revealsPrior,
                author: caller.account))
        try await outbox.tell(
            .messagePosted(`case`, thread: thread, seq: seq, urgent: urgent),
            to: recipients.map { try $0.decode(AccountID.self) }, in: tx)
        tx.onCommit { [notifier] in notifier.notify(`case`) }
        return ThreadEntry(
            seq: seq, withheld: false, kind: .text, id: id, author: caller.account, authorPart: part,
            sentAt: try await written.first()?.decode(Date.self), text: draft.text, urgent: urgent,
            revealsPrior: revealsPrior)
    }

    /// The people to tell of a new message: everybody else who may read it now. Coordinators are told only of urgent
    /// messages and those in the staff thread; if no specialist is told, the message becomes a task of theirs
    /// (`ask_for_answer`). Somebody who was told within the last ten minutes and has not read since is not told again,
    /// unless the message is urgent.
    static func listeners(
        _ thread: ThreadID, seq: Int, case: CaseID, staff: Bool, urgent: Bool, revealsPrior: Bool, author: AccountID
    ) -> SQL {
        """
        SELECT p.account_id FROM consilium.case_part p
        WHERE p.case_id = \(`case`) AND p.until IS NULL AND p.reads_case AND p.account_id <> \(author)
            AND (p.sees_prior OR NOT \(revealsPrior))
            AND (p.part IN ('specialist', 'coordinator') OR NOT \(staff))
            AND (p.part <> 'coordinator' OR \(staff) OR \(urgent))
            AND (\(urgent) OR NOT EXISTS (
                SELECT FROM consilium.message m LEFT JOIN consilium.read_marker k
                    ON k.thread_id = m.thread_id AND k.account_id = p.account_id
                WHERE m.thread_id = \(thread) AND m.seq < \(seq) AND m.seq > coalesce(k.seq, 0)
                    AND m.kind = 'text' AND m.author_id <> p.account_id AND (p.sees_prior OR NOT m.reveals_prior)
                    AND m.sent_at > clock_timestamp() - interval '10 minutes'))
        """
    }
}
