/// What is read from somebody's calendar: when they are busy, and nothing of why or with whom.
package struct ForeignCalendar: Sendable, Equatable {
    package var series: [ForeignSeries] = []
    /// The document's definitions of zones, by TZID.
    package var zones: [String: ForeignZone] = [:]
    /// Events whose times cannot be read: they block nothing.
    package var unreadable: [UncertainEvent] = []

    package init() {}
}

/// The events of one UID (RFC 5545 §3.8.4.7): an event, and those that replace occurrences of it.
package struct ForeignSeries: Sendable, Equatable {
    /// One; none where the document has only some of its occurrences; several where different events have one UID and
    /// SEQUENCE, which they must not.
    package var events: [ForeignEvent] = []
    /// Those with a RECURRENCE-ID, in any place of the document. One whose RECURRENCE-ID cannot be read replaces nothing.
    package var overrides: [ForeignEvent] = []

    /// The events of a document by their UID. Of several copies of an event the one with the highest SEQUENCE counts
    /// (RFC 5546 §2.1.5); of the same SEQUENCE all count.
    static func all(of events: [ForeignEvent]) -> [ForeignSeries] {
        var (series, places) = ([ForeignSeries](), [String: Int]())
        for event in events {
            var place = places[event.uid]
            if place == nil || event.uid.isEmpty {
                place = series.count
                places[event.uid] = series.count
                series.append(ForeignSeries())
            }
            guard let place else { continue }
            if event.occurrence == nil, !event.isOfUnknownOccurrence {
                series[place].events.append(event)
            } else {
                series[place].overrides.append(event)
            }
        }
        for index in series.indices where series[index].events.count > 1 {
            let latest = series[index].events.map(\.sequence).max()
            series[index].events.removeAll { $0.sequence != latest }
        }
        return series
    }
}

/// An event, whether or not it blocks time.
package struct ForeignEvent: Sendable, Equatable {
    package enum Length: Sendable, Equatable {
        /// An end of its own (DTEND).
        case until(CalendarDateTime)
        /// A duration (RFC 5545 §3.3.6): days of the calendar, then exact seconds.
        case lasting(days: Int, seconds: Int)
    }

    /// The occurrence that an override replaces (RECURRENCE-ID), and whether it replaces all that follow as well
    /// (RANGE=THISANDFUTURE).
    package struct Occurrence: Sendable, Equatable {
        package let moment: CalendarDateTime
        package let isOfAllThatFollow: Bool
    }

    /// A further occurrence (RDATE).
    package struct Addition: Sendable, Equatable {
        package let start: CalendarDateTime
        /// Nil where it has the length of the event.
        package let length: Length?
    }

    package var uid = ""
    package var sequence = 0
    /// False for one that is cancelled, transparent or declined.
    package var blocks = true
    package var start: CalendarDateTime
    package var length: Length
    /// RRULE, of which there should be one at most, and EXRULE (RFC 2445).
    package var rules: [EventRule] = []
    package var exceptionRules: [EventRule] = []
    package var adding: [Addition] = []
    /// Occurrences that do not take place (EXDATE).
    package var excluding: [CalendarDateTime] = []
    package var occurrence: Occurrence?
    /// Whether it replaces an occurrence that cannot be read. Then it is no copy of the event.
    package var isOfUnknownOccurrence = false
    /// Whether part of how it repeats could not be read.
    package var isDamaged = false
    /// Whether a further occurrence could not be read: it blocks nothing.
    package var lacksAddition = false

    package init(start: CalendarDateTime, length: Length) {
        self.start = start
        self.length = length
    }
}

/// An event that cannot be read with certainty. Its owner can find it by its time.
package struct UncertainEvent: Sendable, Hashable {
    package enum Reason: String, Codable, Sendable, CaseIterable {
        /// Its rule cannot be read with certainty: it blocks every time that it may have.
        case rule
        /// Its time zone is unknown: it blocks every time that it may have.
        case zone
        /// Its times cannot be read: it blocks nothing.
        case times
    }

    package let reason: Reason
    package let uid: String
    /// Its first time by its own clock, as `2026-12-24` or `2026-12-24T09:00:00`; nil where that cannot be read.
    package let starts: String?
    /// Whether it has further times.
    package let repeats: Bool

    package init(reason: Reason, uid: String, starts: String?, repeats: Bool = false) {
        self.reason = reason
        self.uid = uid
        self.starts = starts
        self.repeats = repeats
    }
}

/// Why a document is not read at all.
package enum CalendarFault: String, Error, Sendable, Equatable {
    /// It is not a whole iCalendar document.
    case notCalendar = "not_a_calendar"
    /// It is larger, or nested deeper, than any person's calendar.
    case tooMuch = "too_much"
}
