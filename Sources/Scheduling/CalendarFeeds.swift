package import Clinic
import Crypto
package import FoundationEssentials
import ICalendar
import Outbox
package import Postgres
import Vault

/// A person's consults as a calendar that programs fetch by a secret URL.
package struct CalendarFeed: Codable, Sendable, Hashable {
    package let id: CalendarFeedID
    package let createdAt: Date
    /// When a program last fetched it, to the hour; nil before the first time.
    package let fetchedAt: Date?
    /// The secret's path, `/v1/calendars/….ics`; only in the answer that makes the feed.
    package let path: String?

    package init(id: CalendarFeedID, createdAt: Date, fetchedAt: Date?, path: String?) {
        self.id = id
        self.createdAt = createdAt
        self.fetchedAt = fetchedAt
        self.path = path
    }

    /// The most that one person has at a time.
    package static let most = 10
    /// How long consults that are over stay in a feed.
    package static let pastDays = 90
}

/// Why no feed is made, revoked or read.
package enum CalendarFeedRefusal: Error, Equatable, Sendable {
    /// No such feed of the caller's, or no such secret, however it fails to be one.
    case notFound
    /// She has as many as one may have.
    case tooMany
}

/// What a feed holds now.
package struct CalendarFeedContent: Sendable, Equatable {
    /// RFC 5545.
    package let text: String
    /// The same for the same text: an entity tag.
    package let tag: String
    /// How many consults that are.
    package let consults: Int
}

extension Scheduler {
    /// Makes a feed. Its secret is shown this once; the database keeps a digest.
    /// - Throws: `ProofNeeded`, `CalendarFeedRefusal.tooMany`.
    package func makeCalendarFeed(by caller: Caller, in tx: Transaction) async throws -> CalendarFeed {
        try await caller.requireProof(in: tx)
        // Feeds of one person are counted one after the other.
        guard try await tx.query(CalendarFeedSQL.lockCalendar(of: caller)).count == 1,
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

    /// Ends a feed: its secret is from now on as unknown as any other.
    /// - Throws: `CalendarFeedRefusal.notFound`.
    package func revokeCalendarFeed(_ id: CalendarFeedID, by caller: Caller, in tx: Transaction) async throws {
        guard try await tx.execute(CalendarFeedSQL.delete(id, of: caller)) == 1 else {
            throw CalendarFeedRefusal.notFound
        }
    }

    /// Whose feed a secret opens; asked by nobody. Notes that it was fetched.
    /// - Throws: `CalendarFeedRefusal.notFound`.
    package func ownerOfCalendarFeed(_ token: String, in tx: Transaction) async throws -> AccountID {
        let digest = Vault.digest(secret: token, for: .calendarFeed)
        guard let owner = try await tx.first("SELECT feed_owner(\(digest))")?.decode(AccountID?.self) else {
            throw CalendarFeedRefusal.notFound
        }
        return owner
    }

    /// What the feeds of a person hold: the consults that she, or whom she cares for, is in, from some time back on,
    /// cancelled ones too.
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
    static func lockCalendar(of caller: Caller) -> SQL {
        "SELECT FROM calendar WHERE person_id = \(caller.account) FOR NO KEY UPDATE"
    }

    static func count(of caller: Caller) -> SQL {
        "SELECT count(*) FROM calendar_feed WHERE account_id = \(caller.account)"
    }

    static func insert(_ id: CalendarFeedID, _ digest: [UInt8], of caller: Caller) -> SQL {
        """
        INSERT INTO calendar_feed (id, account_id, token_digest) VALUES (\(id), \(caller.account), \(digest))
        RETURNING created_at
        """
    }

    static func list(of caller: Caller) -> SQL {
        """
        SELECT f.id, f.created_at, v.at FROM calendar_feed f LEFT JOIN calendar_feed_fetch v ON v.feed_id = f.id
        WHERE f.account_id = \(caller.account) ORDER BY f.id
        """
    }

    static func delete(_ id: CalendarFeedID, of caller: Caller) -> SQL {
        "DELETE FROM calendar_feed WHERE id = \(id) AND account_id = \(caller.account)"
    }

    /// In the peer-to-peer lane the patient's side only looks on.
    static func entries(of owner: AccountID) -> SQL {
        ConsultEntry.select + """
             JOIN case_part mine ON mine.case_id = a.case_id AND mine.account_id = \(owner) AND mine.until IS NULL
            WHERE a.ends_at > clock_timestamp() - make_interval(days => \(Int32(CalendarFeed.pastDays)))
                AND (\(fragment: AppointmentSQL.isOf("\(owner)")) OR mine.part = 'caregiver' AND a.lane = 'licensed')
            ORDER BY a.starts_at, a.id
            """
    }
}
