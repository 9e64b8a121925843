import ICalendar

/// Walls of a calendar as instants. What a zone of the system's tzdata says is the database's to answer: a question that was
/// not asked before is noted, and answered as if by UTC until it is. Whoever has asked goes through all again with the
/// answers.
struct WallClock {
    struct Question: Hashable, Sendable {
        /// An IANA zone; empty for that of the specialist.
        let zone: String
        /// Seconds of the wall since its 1970-01-01.
        let wall: Int
    }

    struct Answer: Sendable, Equatable {
        /// Unix seconds.
        let at: Int
        /// Whether the wall shows that time at all.
        let exists: Bool
    }

    /// There are some 400 zones, and some of them under names of their own.
    private static let mostZoneNames = 500
    /// A few times what a calendar of so many times asks.
    private static let mostQuestions = 20 * LinkedCalendar.mostTimes

    private(set) var answers: [Question: Answer] = [:]
    private(set) var questions: Set<Question> = []
    private let known: Set<String>
    private let zones: [String: ForeignZone]
    private let last: Int
    private var readings: [WallMoment.Zone: ZoneReading] = [:]

    /// - Parameters:
    ///   - known: those of `zoneNames(of:)` that the system's tzdata has.
    ///   - last: the last time that matters, in Unix seconds.
    init(_ calendar: ForeignCalendar, known: Set<String>, through last: Int) {
        self.known = known
        self.last = last
        zones = calendar.zones
    }

    /// Every name of a zone that a calendar's events may be read by.
    /// - Throws: `CalendarFault.tooMuch`.
    static func zoneNames(of calendar: ForeignCalendar) throws(CalendarFault) -> Set<String> {
        var (named, names): (Set<String>, Set<String>) = ([], [])
        func add(_ zone: WallMoment.Zone) {
            guard case .named(let name) = zone, named.insert(name).inserted else { return }
            names.formUnion(ZoneReading.candidates(name, calendar.zones[name]))
        }
        for event in calendar.series.flatMap({ $0.events + $0.overrides }) {
            add(event.start.zone)
            if case .until(let end) = event.length { add(end.zone) }
            if let occurrence = event.occurrence { add(occurrence.moment.zone) }
            for addition in event.adding {
                add(addition.start.zone)
                if case .until(let end) = addition.length { add(end.zone) }
            }
            for moment in event.excluding { add(moment.zone) }
            guard names.count <= mostZoneNames else { throw .tooMuch }
        }
        return names
    }

    mutating func reading(of zone: WallMoment.Zone) -> ZoneReading {
        if let reading = readings[zone] { return reading }
        let reading = ZoneReading(zone, known, zones, through: last)
        readings[zone] = reading
        return reading
    }

    /// The document's own zones, which its all-day events may have been written in.
    var definedZones: [WallMoment.Zone] { zones.keys.sorted().map { .named($0) } }

    /// The earliest instant that a wall may be.
    mutating func answer(_ wall: Int, in zone: WallMoment.Zone) -> Answer {
        switch reading(of: zone) {
        case .theirs: return ask(Question(zone: "", wall: wall))
        case .iana(let name): return ask(Question(zone: name, wall: wall))
        case .offset(let seconds): return Answer(at: wall - seconds, exists: true)
        case .document(let clock, let beyond):
            let (at, exists) = clock.instant(of: wall)
            guard !clock.covers(at), let beyond else { return Answer(at: at, exists: exists) }
            return ask(Question(zone: beyond, wall: wall))
        case .unknown(let offsets): return Answer(at: wall - offsets.upperBound, exists: true)
        }
    }

    /// Seconds by which a time may be later than its answer, because nobody knows its zone.
    mutating func slack(of zone: WallMoment.Zone) -> Int {
        if case .unknown(let offsets) = reading(of: zone) { offsets.upperBound - offsets.lowerBound } else { 0 }
    }

    private mutating func ask(_ question: Question) -> Answer {
        if let answer = answers[question] { return answer }
        questions.insert(question)
        return Answer(at: question.wall, exists: true)
    }

    /// What was asked since, for the database.
    /// - Throws: `CalendarFault.tooMuch`.
    mutating func takeQuestions() throws(CalendarFault) -> [Question] {
        guard answers.count + questions.count <= Self.mostQuestions else { throw .tooMuch }
        defer { questions = [] }
        return Array(questions)
    }

    mutating func learn(_ question: Question, _ answer: Answer) { answers[question] = answer }
}
