package import FoundationEssentials

/// An identifier of one kind of thing: a UUID of version 7 (RFC 9562 §5.7), so that ids made later sort later.
///
/// The tag keeps ids of different things apart; it has no values.
package struct ID<Tag>: RawRepresentable, Hashable, Sendable, Comparable, LosslessStringConvertible {
    package let rawValue: UUID

    package init(rawValue: UUID) {
        self.rawValue = rawValue
    }

    /// Reads the 36-character form; nil for anything else.
    package init?(_ description: String) {
        guard description.utf8.count == 36, let uuid = UUID(uuidString: description) else { return nil }
        self.init(rawValue: uuid)
    }

    /// A fresh id: 48 bits of Unix milliseconds, then 74 random bits.
    package static func random() -> ID {
        // A clock before 1970 makes ids that sort first.
        let milliseconds = UInt64(max(0, Date().timeIntervalSince1970) * 1000)
        var generator = SystemRandomNumberGenerator()
        let high = milliseconds << 16 | 0x7000 | generator.next() & 0x0fff
        let low = generator.next() & 0x3fff_ffff_ffff_ffff | 0x8000_0000_0000_0000
        return ID(rawValue: UUID(uuid: unsafeBitCast((high.bigEndian, low.bigEndian), to: uuid_t.self)))
    }

    /// RFC 9562's lower-case form.
    package var description: String {
        withUnsafeBytes(of: rawValue.uuid) { bytes in
            String(unsafeUninitializedCapacity: 36) { text in
                var end = 0
                func write(_ character: UInt8) {
                    text[end] = character
                    end += 1
                }
                for (index, byte) in bytes.enumerated() {
                    if index >= 4, index <= 10, index % 2 == 0 { write(UInt8(ascii: "-")) }
                    write(Self.digit(byte >> 4))
                    write(Self.digit(byte & 15))
                }
                return end
            }
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") - 10 + value
    }

    package static func < (left: ID, right: ID) -> Bool { left.rawValue < right.rawValue }
}

extension ID: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let id = try ID(container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "must be a UUID")
        }
        self = id
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

package enum AccountTag {}
package enum AppointmentTag {}
package enum CalendarFeedTag {}
package enum CaseTag {}
package enum ConsentTag {}
package enum EmergencyAccessTag {}
package enum FactorRecoveryTag {}
package enum FileTag {}
package enum GrantTag {}
package enum HoldTag {}
package enum IntakePartTag {}
package enum InvitationTag {}
package enum JobTag {}
package enum LaneCheckTag {}
package enum LinkedCalendarTag {}
package enum MatchTag {}
package enum MessageTag {}
package enum NoticeTag {}
package enum OfferTag {}
package enum OrganisationTag {}
package enum RecordTag {}
package enum SessionTag {}
package enum SpecialistProposalTag {}
package enum TaskTag {}
package enum ThreadTag {}
package enum TimeOffTag {}
package enum WaitlistTag {}

/// A person's account; a specialist's id is their account's.
package typealias AccountID = ID<AccountTag>
package typealias AppointmentID = ID<AppointmentTag>
package typealias CalendarFeedID = ID<CalendarFeedTag>
package typealias CaseID = ID<CaseTag>
package typealias ConsentID = ID<ConsentTag>
package typealias EmergencyAccessID = ID<EmergencyAccessTag>
package typealias FactorRecoveryID = ID<FactorRecoveryTag>
package typealias FileID = ID<FileTag>
package typealias GrantID = ID<GrantTag>
package typealias HoldID = ID<HoldTag>
package typealias IntakePartID = ID<IntakePartTag>
package typealias InvitationID = ID<InvitationTag>
package typealias JobID = ID<JobTag>
package typealias LaneCheckID = ID<LaneCheckTag>
package typealias LinkedCalendarID = ID<LinkedCalendarTag>
package typealias MatchID = ID<MatchTag>
package typealias MessageID = ID<MessageTag>
package typealias NoticeID = ID<NoticeTag>
package typealias OfferID = ID<OfferTag>
package typealias OrganisationID = ID<OrganisationTag>
package typealias RecordID = ID<RecordTag>
package typealias SessionID = ID<SessionTag>
package typealias SpecialistProposalID = ID<SpecialistProposalTag>
package typealias TaskID = ID<TaskTag>
package typealias ThreadID = ID<ThreadTag>
package typealias TimeOffID = ID<TimeOffTag>
package typealias WaitlistID = ID<WaitlistTag>
