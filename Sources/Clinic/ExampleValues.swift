package import FoundationEssentials

/// What the examples of several DTOs share, so that the OpenAPI document tells one story. All of it is invented, and
/// the same at each start.
package enum ExampleValues {
    /// The last 48 bits of an id; its last byte is each example's own.
    package enum Series: UInt64 {
        case people = 0x5f1d_e0a7_b800
        case consults = 0x5f1d_e0a7_b900
        case matches = 0
    }

    /// An id of version 7.
    package static func id<Tag>(_ last: UInt8, _ series: Series = .people) -> ID<Tag> {
        let node = series.rawValue | UInt64(last)
        return ID(
            rawValue: UUID(
                uuid: unsafeBitCast(
                    (UInt64(0x0192_f0c1_7d2e_7a41).bigEndian, (0x9c3b << 48 | node).bigEndian), to: uuid_t.self)))
    }

    package static let caseID: CaseID = id(1)
    package static let patient: AccountID = id(2)
    package static let specialist: AccountID = id(3)
    package static let email = "maria.lopez@example.org"
    package static let phone = "+1 216 555 0100"
    package static let address = "1 Lake Street, Cleveland, OH"
    package static let timeZone = "America/New_York"
    package static let birthDate = date("1961-04-02")
    package static let ohio: Jurisdiction = {
        guard let ohio = Jurisdiction(rawValue: "US-OH") else { preconditionFailure("US-OH is a code") }
        return ohio
    }()

    /// When accounts, offers and matches were made.
    package static let instant = Date(timeIntervalSince1970: 1_795_000_000)
    /// A week after `instant`.
    package static let later = Date(timeIntervalSince1970: 1_795_604_800)
    /// When what belongs to a case was written.
    package static let moment = Date(timeIntervalSince1970: 1_800_000_000)

    /// The consult of the examples of scheduling, messages and notifications.
    package enum Consult {
        package static let caseID: CaseID = id(1, .consults)
        package static let patient: AccountID = id(2, .consults)
        package static let specialist: AccountID = id(3, .consults)
        package static let appointment: AppointmentID = id(5, .consults)
        package static let start = Date(timeIntervalSince1970: 1_805_117_400)
        package static let end = start.addingTimeInterval(45 * 60)
        package static let token = "mRr1Jd0l9nV1oXx8w5sV8yqBqS0a2x3y4z5A6B7C8D9"
    }

    /// A date that is known to exist.
    package static func date(_ text: StaticString) -> CivilDate {
        guard let date = CivilDate(rawValue: "\(text)") else { preconditionFailure("a date that exists") }
        return date
    }
}
