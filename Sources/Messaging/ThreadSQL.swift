import Clinic
import FoundationEssentials
import Postgres
import Vault

/// The statements about threads.
enum ThreadSQL {
    /// The thread, if row-level security lets the caller see it.
    static func find(_ kind: ThreadKind, of case: CaseID) -> SQL {
        "SELECT id, last_seq FROM consilium.thread WHERE case_id = \(`case`) AND kind = \(kind)"
    }

    /// The writer's part in the case, and whether messages are still accepted: until 90 days after its end, because a
    /// patient may have more questions. A withdrawn draft accepts none: nobody in the programme knows of it.
    static func writer(_ caller: Caller, in case: CaseID) -> SQL {
        """
        SELECT p.part, c.state NOT IN ('closed', 'withdrawn', 'unable')
            OR coalesce(c.submitted_at IS NOT NULL AND c.ended_at > clock_timestamp() - interval '90 days', false)
        FROM consilium.case_part p JOIN consilium.clinical_case c ON c.id = p.case_id
        WHERE p.case_id = \(`case`) AND p.account_id = \(caller.account) AND p.until IS NULL
        """
    }

    /// Takes the thread's next number, if row-level security lets the caller see the thread. The thread stays locked
    /// until the end of the transaction; a rollback gives the number back.
    static func bump(_ kind: ThreadKind, of case: CaseID) -> SQL {
        """
        UPDATE consilium.thread SET last_seq = last_seq + 1 WHERE case_id = \(`case`) AND kind = \(kind)
        RETURNING id, last_seq
        """
    }

    /// Every number after `after`, in one snapshot. An entry that the caller may not read is a row of NULLs.
    static func entries(of thread: ThreadID, after: Int, limit: Int) -> SQL {
        """
        SELECT n.seq, m.id, m.kind, m.author_id, a.part, m.sent_at, m.body, m.urgent, m.reveals_prior, m.opens
        FROM consilium.thread t
            CROSS JOIN LATERAL generate_series(
                \(after)::bigint + 1, least(t.last_seq, \(after)::bigint + \(limit))) n (seq)
            LEFT JOIN consilium.message m ON m.thread_id = t.id AND m.seq = n.seq
            LEFT JOIN consilium.case_part a ON a.case_id = m.case_id AND a.account_id = m.author_id
        WHERE t.id = \(thread) ORDER BY n.seq
        """
    }

    /// The positions, from 1, of the watchers whose thread has news for them, or who may no longer read it.
    static func news(for watchers: [ThreadNotifier.ThreadSubscription]) -> SQL {
        """
        SELECT consilium.thread_news(\(watchers.map(\.thread.case)), \(watchers.map(\.thread.kind.rawValue)),
            \(watchers.map(\.thread.reader)), \(watchers.map(\.after)), \(watchers.map(\.marks)))
        """
    }

    static func marks(of thread: ThreadID) -> SQL {
        "SELECT account_id, seq, marked_at FROM consilium.read_marker WHERE thread_id = \(thread) ORDER BY account_id"
    }

    static func unread(of thread: ThreadID, by caller: Caller) -> SQL {
        """
        SELECT count(*) FROM consilium.message m
        WHERE m.thread_id = \(thread) AND m.kind = 'text' AND m.author_id <> \(caller.account) AND m.seq > coalesce((
            SELECT k.seq FROM consilium.read_marker k WHERE k.thread_id = m.thread_id AND k.account_id = \(caller.account)), 0)
        """
    }

    /// Moves a mark forward, never back.
    static func mark(_ thread: ThreadID, of case: CaseID, at seq: Int, by caller: Caller) -> SQL {
        """
        INSERT INTO consilium.read_marker (thread_id, account_id, case_id, seq)
        VALUES (\(thread), \(caller.account), \(`case`), \(seq))
        ON CONFLICT (thread_id, account_id) DO UPDATE SET seq = greatest(read_marker.seq, excluded.seq),
            marked_at = CASE WHEN excluded.seq > read_marker.seq THEN excluded.marked_at
                ELSE read_marker.marked_at END
        RETURNING seq, marked_at
        """
    }

    /// The newest messages that the caller may read, newest first.
    static func newest(of thread: ThreadID, limit: Int) -> SQL {
        """
        SELECT m.seq::bigint AS seq, m.id, m.kind, m.author_id, a.part, m.sent_at, m.body, m.urgent, m.reveals_prior, m.opens
        FROM consilium.message m LEFT JOIN consilium.case_part a ON a.case_id = m.case_id AND a.account_id = m.author_id
        WHERE m.thread_id = \(thread) AND m.kind = 'text' ORDER BY m.seq DESC LIMIT \(limit)
        """
    }
}

extension ThreadEntry {
    /// Reads a row of `ThreadSQL.entries` and opens its text.
    init(_ row: Row, key: DataKey) throws {
        let seq: Int = try row.decode("seq")
        guard let id = try row.decode("id", as: MessageID?.self), let kind = try row.decode("kind", as: EntryKind?.self)
        else {
            self.init(seq: seq, withheld: true)
            return
        }
        let text = try row.decode("body", as: [UInt8]?.self).map {
            try key.openText($0, as: .messageBody(id))
        }
        self.init(
            seq: seq, withheld: false, kind: kind, id: id, author: try row.decode("author_id"),
            authorPart: try row.decode("part"), sentAt: try row.decode("sent_at"), text: text,
            urgent: try kind == .text ? row.decode("urgent") : nil,
            revealsPrior: try kind == .text ? row.decode("reveals_prior") : nil,
            opens: try row.decode("opens", as: [Int32]?.self)?.map(Int.init))
    }
}

extension RowIdentity {
    static func messageBody(_ id: MessageID) -> RowIdentity { RowIdentity("message.body", id.rawValue) }
}
