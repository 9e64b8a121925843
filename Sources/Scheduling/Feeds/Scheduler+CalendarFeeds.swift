package import Clinic
import Crypto
import FoundationEssentials
import ICalendar
import Outbox
package import Postgres
import Vault

extension Scheduler {
    /// Makes a feed. Its secret is shown once; the database keeps a digest.
    /// - Throws: `ProofNeeded`, `CalendarFeedRefusal.tooMany`.
    package func makeCalendarFeed(by caller: Caller, in tx: Transaction) async throws -> CalendarFeed {
        try await caller.requireProof(in: tx)
        // The lock keeps two requests of one person from counting at once.
        guard try await CalendarLocks(of: [caller.account], in: tx).areHeld(),
            let count = try await tx.first(CalendarFeedSQL.count(of: caller))?.decode(Int.self),
            count < CalendarFeed.most
        else { throw CalendarFeedRefusal.tooMany }
        let (id, token) = (CalendarFeedID.random(), Vault.newToken())
        let digest = Vault.digest(secret: token, for: .calendarFeed)
        guard
            let createdAt = try await tx.first(CalendarFeedSQL.insert(id, digest, of: caller))?.decode(Date.self)
        else { throw CalendarFeedRefusal.notFound }
        try await outbox.tell(.calendarFeedMade, to: [caller.account], in: tx)
        return CalendarFeed(id: id, createdAt: createdAt, fetchedAt: nil, path: "/v1/calendars/\(token).ics")
    }

    /// The caller's feeds, oldest first, without their secrets.
    package func calendarFeeds(by caller: Caller, in tx: Transaction) async throws -> [CalendarFeed] {
        try await tx.query(CalendarFeedSQL.list(of: caller)).map { row in
            let (id, created, fetched) = try row.decode(CalendarFeedID.self, Date.self, Date?.self)
            return CalendarFeed(id: id, createdAt: created, fetchedAt: fetched, path: nil)
        }
    }

    /// Ends a feed. Its secret is unknown from then on.
    /// - Throws: `CalendarFeedRefusal.notFound`.
    package func revokeCalendarFeed(_ id: CalendarFeedID, by caller: Caller, in tx: Transaction) async throws {
        guard try await tx.execute(CalendarFeedSQL.delete(id, of: caller)) == 1 else {
            throw CalendarFeedRefusal.notFound
        }
    }

    /// The owner of the feed that a secret opens. No caller is needed. Notes that it was fetched.
    /// - Throws: `CalendarFeedRefusal.notFound`.
    package func ownerOfCalendarFeed(_ token: String, in tx: Transaction) async throws -> AccountID {
        let digest = Vault.digest(secret: token, for: .calendarFeed)
        guard let owner = try await tx.first("SELECT consilium.feed_owner(\(digest))")?.decode(AccountID?.self) else {
            throw CalendarFeedRefusal.notFound
        }
        return owner
    }

    /// The content of a person's feeds: the consults of theirs and of those they care for, `pastDays` back and onward,
    /// with the cancelled ones.
    /// - Parameter tx: as that person.
    package func calendarFeedContent(of owner: AccountID, in tx: Transaction) async throws -> CalendarFeedContent {
        let entries = try await tx.query(CalendarFeedSQL.entries(of: owner)).map(ConsultEntry.init)
        let text = CalendarDocument(feed: entries).text
        let digest = SHA256.hash(data: Array(text.utf8)).prefix(16)
        return CalendarFeedContent(
            text: text, tag: digest.hexadecimal, consults: entries.count)
    }
}

private enum CalendarFeedSQL {
    static func count(of caller: Caller) -> SQL {
        "SELECT count(*) FROM consilium.calendar_feed WHERE account_id = \(caller.account)"
    }

    static func insert(_ id: CalendarFeedID, _ digest: [UInt8], of caller: Caller) -> SQL {
        """
        INSERT INTO consilium.calendar_feed (id, account_id, token_digest) VALUES (\(id), \(caller.account), \(digest))
        RETURNING created_at
        """
    }

    static func list(of caller: Caller) -> SQL {
        """
        SELECT f.id, f.created_at, v.at FROM consilium.calendar_feed f LEFT JOIN consilium.calendar_feed_visit v ON v.feed_id = f.id
        WHERE f.account_id = \(caller.account) ORDER BY f.id
        """
    }

    static func delete(_ id: CalendarFeedID, of caller: Caller) -> SQL {
        "DELETE FROM consilium.calendar_feed WHERE id = \(id) AND account_id = \(caller.account)"
    }

    /// In the peer-to-peer lane the patient's side takes no part in the consult.
    static func entries(of owner: AccountID) -> SQL {
        ConsultEntry.select + """
             JOIN consilium.case_part mine ON mine.case_id = a.case_id AND mine.account_id = \(owner) AND mine.until IS NULL
            WHERE a.ends_at > clock_timestamp() - make_interval(days => \(Int32(CalendarFeed.pastDays)))
                AND (\(fragment: AppointmentSQL.isOf("\(owner)")) OR mine.part = 'caregiver' AND a.lane = 'licensed')
            ORDER BY a.starts_at, a.id
            """
    }
}
