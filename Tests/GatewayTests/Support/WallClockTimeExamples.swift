import Foundation
@testable import Gateway
@testable import HTTPServer
@testable import JSON
@testable import ServiceAPI

/// The wall-clock times of a document's examples beside the instants that they stand for.
enum WallClockTimeExamples {
    struct Time: CustomStringConvertible {
        let startsAt: String
        let local: String
        let timeZone: String

        var description: String { "\(startsAt) is not \(local) in \(timeZone)" }

        /// By the zones of Foundation, which knows nothing of ours.
        var agrees: Bool {
            guard let zone = TimeZone(identifier: timeZone), let instant = RFC3339.parse(startsAt) else { return false }
            let format = DateFormatter()
            format.locale = Locale(identifier: "en_US_POSIX")
            format.dateFormat = "yyyy-MM-dd'T'HH:mm"
            format.timeZone = zone
            return format.string(from: instant) == local
        }
    }

    /// Every object that has `startsAt`, with each wall-clock time beside it.
    static func times(in value: JSONValue) -> [Time] {
        switch value {
        case .object(let members):
            let startsAt = value["startsAt"]?.asString
            return members.flatMap { member -> [Time] in
                let found = times(in: member.value)
                guard let startsAt, let local = member.value["local"]?.asString,
                    let zone = member.value["timeZone"]?.asString
                else { return found }
                return found + [Time(startsAt: startsAt, local: local, timeZone: zone)]
            }
        case .array(let elements): return elements.flatMap { times(in: $0) }
        default: return []
        }
    }
}
