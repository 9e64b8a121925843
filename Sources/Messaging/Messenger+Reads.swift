package import Clinic
import FoundationEssentials
package import Postgres
import TypedText
import Vault

extension Messenger {
    /// The most entries of one page.
    package static let mostEntries = 200
    /// The rule of a search text.
    package static let searchRule = TextRule.lines(max: 200)
    /// The numbers of entries; 0 stands for before the first.
    package static let numbers = 0...Int(Int32.max)

    /// The entries after a number, without a gap: of an entry that the reader may not see yet only the number is shown.
    /// - Throws: `MessagingRefusal.notFound`.
    package func page(
        _ kind: ThreadKind = .care, of case: CaseID, after: Int = 0, limit: Int = 50, by caller: Caller,
        in tx: Transaction
    ) async throws -> ThreadPage {
        let (thread, last) = try await find(kind, of: `case`, in: tx)
        let rows = tx.enqueue(
            ThreadSQL.entries(of: thread, after: max(0, min(after, last)), limit: min(max(1, limit), Self.mostEntries)))
        let marks = tx.enqueue(ThreadSQL.marks(of: thread))
        let unread = tx.enqueue(ThreadSQL.unread(of: thread, by: caller))
        let key = try await vault.caseKey(`case`, in: tx)
        let entries = try await rows.rows().map { try ThreadEntry($0, key: key) }
        return ThreadPage(
            thread: kind, lastSeq: max(last, entries.last?.seq ?? 0),
            unread: try await unread.first()?.decode(Int.self) ?? 0, messages: entries,
            marks: try await marks.rows().map(ThreadMark.init))
    }

    /// Sets how far the caller has read. A mark never goes back: an older number leaves it where it is.
    /// - Throws: `FieldRefusal` for a number that the thread does not have; `MessagingRefusal.notFound`.
    package func mark(
        _ seq: Int, thread kind: ThreadKind = .care, of case: CaseID, by caller: Caller, in tx: Transaction
    ) async throws -> ThreadMark {
        let (thread, last) = try await find(kind, of: `case`, in: tx)
        guard (0...last).contains(seq) else {
            throw FieldRefusal("/seq", rule: "range", "must be a number of the thread, or 0")
        }
        guard let row = try await tx.first(ThreadSQL.mark(thread, of: `case`, at: seq, by: caller)) else {
            throw MessagingRefusal.notFound
        }
        tx.onCommit { [notifier] in notifier.notify(`case`) }
        let (kept, markedAt) = try row.decode(Int.self, Date.self)
        return ThreadMark(account: caller.account, seq: kept, markedAt: markedAt)
    }

    /// The messages whose text contains the search text, newest first. Case and diacritics do not matter
    /// (`searchFolded`). Texts are decrypted in this process, so that no index contains clinical words; only the newest
    /// 5,000 messages are searched.
    /// - Throws: `FieldRefusal` for the text; `MessagingRefusal.notFound`.
    package func search(
        _ text: String, thread kind: ThreadKind = .care, of case: CaseID, limit: Int = 50, by caller: Caller,
        in tx: Transaction
    ) async throws -> [ThreadEntry] {
        try Self.searchRule.check(text, at: "/text")
        let (thread, _) = try await find(kind, of: `case`, in: tx)
        let rows = tx.enqueue(ThreadSQL.newest(of: thread, limit: 5000))
        let key = try await vault.caseKey(`case`, in: tx)
        let wanted = text.searchFolded
        // Some texts fold to nothing, which every text contains.
        guard !wanted.isEmpty else { return [] }
        var found: [ThreadEntry] = []
        for row in try await rows.rows() where found.count < limit {
            try Task.checkCancellation()
            let entry = try ThreadEntry(row, key: key)
            if entry.text?.searchFolded.contains(folded: wanted) == true { found.append(entry) }
        }
        return found
    }

    /// - Throws: `MessagingRefusal.notFound` when row-level security shows no such thread.
    func find(_ kind: ThreadKind, of case: CaseID, in tx: Transaction) async throws -> (id: ThreadID, last: Int) {
        guard let row = try await tx.first(ThreadSQL.find(kind, of: `case`)) else { throw MessagingRefusal.notFound }
        return try row.decode(ThreadID.self, Int.self)
    }
}

extension ThreadMark {
    init(_ row: Row) throws {
        let (account, seq, markedAt) = try row.decode(AccountID.self, Int.self, Date.self)
        self.init(account: account, seq: seq, markedAt: markedAt)
    }
}
