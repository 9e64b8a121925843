package import HTTPServer
import HTTPTypes
package import Scheduling

extension ProblemKind {
    package static let tooManyFeeds = ProblemKind(
        "too-many-feeds", .conflict, "You have as many calendar feeds as one may have",
        "Revoke one that no program uses any more; `fetchedAt` tells when each was last fetched.")
    package static let tooManyCalendars = ProblemKind(
        "too-many-calendars", .conflict, "You have linked as many calendars as one may", "Unlink one first.")
}

extension LinkRefusal: ProblemConvertible {
    package var problem: Problem {
        switch self {
        case .notFound: Problem(.notFound)
        case .tooMany: Problem(.tooManyCalendars)
        }
    }
}

extension CalendarFeedRefusal: ProblemConvertible {
    package var problem: Problem {
        switch self {
        case .notFound: Problem(.notFound)
        case .tooMany: Problem(.tooManyFeeds)
        }
    }
}
