package import Clinic
package import FoundationEssentials

/// What a job does; the worker has one handler for each kind.
package struct JobKind: RawRepresentable, Hashable, Sendable {
    /// A word of the schema: `a-z`, digits, `_ . : -`, at most 64.
    package let rawValue: String

    package init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// Sends a ``Clinic/Notice``.
    package static let notice = JobKind(rawValue: "notice")
}

/// Work to be done at least once, after the transaction that adds it.
package struct Job: Sendable {
    package let id: JobID
    package let kind: JobKind
    /// JSON of ids, words and counts, at most 2 KiB; the database refuses more.
    let payload: String
    /// When it is due; nil for now.
    package let runAt: Date?
    /// The number of attempts after which it is buried. 25 take some four hours (``Backoff``).
    package let maxAttempts: Int

    /// - Throws: `EncodingError`.
    package init(
        _ kind: JobKind, payload: some Encodable, runAt: Date? = nil, maxAttempts: Int = 25, id: JobID = .random()
    ) throws {
        self.id = id
        self.kind = kind
        self.payload = String(decoding: try CanonicalJSON.encode(payload), as: UTF8.self)
        self.runAt = runAt
        self.maxAttempts = maxAttempts
    }
}

/// The right to a job until a time. The fence proves it: whoever claims the job later has a higher one.
package struct Lease: Hashable, Sendable {
    let job: JobID
    package let fence: Int64
}

/// A job that this worker holds until its lease ends.
package struct ClaimedJob: Sendable {
    package var id: JobID { lease.job }
    package let lease: Lease
    package let kind: JobKind
    let payload: String
    /// Counts this one.
    package let attempt: Int
    package let maxAttempts: Int
    /// Whether the last worker that held it died, perhaps because of it.
    package let isSuspect: Bool

    /// Whether a failure now buries the job.
    package var isLastAttempt: Bool { attempt >= maxAttempts }

    /// - Throws: ``JobFailure/permanent(_:)``: a later attempt could not decode it either.
    package func decode<Payload: Decodable>(_ type: Payload.Type) throws -> Payload {
        do {
            return try JSONDecoder().decode(type, from: Data(payload.utf8))
        } catch {
            throw JobFailure.permanent("unreadable_payload")
        }
    }
}

/// How a successful attempt ended.
package enum JobOutcome: Sendable, Equatable {
    case done
    /// To be tried at that time; this attempt does not count.
    case postponed(until: Date)
}

/// How an attempt failed, as a word for the table and the log: a message could quote a person's data.
package enum JobFailure: Error, Equatable {
    /// Worth another attempt.
    case transient(String)
    /// Worth another attempt, but an operator has to fix something first.
    case needsOperator(String)
    /// No attempt will succeed: the job is buried at once.
    case permanent(String)
}

/// The lease ended and another worker may have the job: nothing was written.
package struct LeaseLost: Error, Equatable {
    package init() {}
}
