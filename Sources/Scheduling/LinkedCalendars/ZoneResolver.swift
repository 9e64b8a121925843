import ICalendar

/// The local times of a calendar as instants. The database answers what a zone of the system's tzdata shows. A new question is
/// noted, and answered by UTC for the time being. The reader then reads everything again with the answers.
struct ZoneResolver {
    struct Question: Hashable, Sendable {
        /// An IANA zone; empty for the specialist's own.
        let zone: String
        /// Local time, in seconds since 1970-01-01 00:00 of the same clock.
        let local: Int
    }

    struct Answer: Sendable, Equatable {
        /// The earliest instant of the local time, in Unix seconds.
        let at: Int
        /// Whether the clock shows that time at all.
        let exists: Bool
        /// Seconds by which it may be later, because the clock is unknown.
        var slack = 0
    }

    /// There are some 400 zones, and programs have further names for some.
    private static let mostZoneNames = 500
    /// A few times what a calendar of as many times asks.
    private static let mostQuestions = 20 * LinkedCalendar.mostTimes

    private(set) var answers: [Question: Answer] = [:]
    private(set) var questions: Set<Question> = []
    private let known: Set<String>
    private let zones: [String: ForeignZone]
    private let last: Int
    private var readings: [CalendarDateTime.Zone: ZoneReading] = [:]
    /// The steps that the rules of all its zones may take, as `EventRule.occurrences` counts them: those of a hundred zones
    /// with their whole history.
    private var zoneSteps = 10_000_000
    /// The first of the document's own zones by name. Its all-day events may have been written in them.
    let definedZones: [CalendarDateTime.Zone]
    private static let mostDefined = 10

    /// - Parameters:
    ///   - known: the names of `zoneNames(of:)` that the system's tzdata has.
    ///   - last: the last time that matters, in Unix seconds.
    init(_ calendar: ForeignCalendar, known: Set<String>, through last: Int) {
        self.known = known
        self.last = last
        zones = calendar.zones
        definedZones = calendar.zones.keys.sorted().prefix(Self.mostDefined).map { .named($0) }
    }

    /// All names under which the zones of a calendar's events may be known.
    /// - Throws: `CalendarFault.tooMuch`.
    static func zoneNames(of calendar: ForeignCalendar) throws(CalendarFault) -> Set<String> {
        var (named, names): (Set<String>, Set<String>) = ([], [])
        func add(_ zone: CalendarDateTime.Zone) {
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

    mutating func reading(of zone: CalendarDateTime.Zone) -> ZoneReading {
        if let reading = readings[zone] { return reading }
        let reading = ZoneReading(zone, known, zones, through: last, &zoneSteps)
        readings[zone] = reading
        return reading
    }

    mutating func answer(_ local: Int, in zone: CalendarDateTime.Zone) -> Answer {
        switch reading(of: zone) {
        case .theirs: return ask(Question(zone: "", local: local))
        case .iana(let name): return ask(Question(zone: name, local: local))
        case .offset(let seconds): return Answer(at: local - seconds, exists: true)
        case .document(let clock, let beyond):
            let (at, exists) = clock.instant(of: local)
            if clock.covers(at) { return Answer(at: at, exists: exists) }
            return beyond.map { ask(Question(zone: $0, local: local)) } ?? Self.any(of: clock.offsets, local)
        case .unknown(let offsets): return Self.any(of: offsets, local)
        }
    }

    private static func any(of offsets: ClosedRange<Int>, _ local: Int) -> Answer {
        Answer(at: local - offsets.upperBound, exists: true, slack: offsets.upperBound - offsets.lowerBound)
    }

    /// The local time at an instant, and whether it is certain. The second of an hour that the clock shows twice is not
    /// found.
    mutating func local(at instant: Int, in zone: CalendarDateTime.Zone) -> (local: Int, isExact: Bool) {
        let about = instant + instant - answer(instant, in: zone).at
        // The clock may change between the two, by an hour at most except in rare cases. All are asked at once.
        let near = [0, -1800, 1800, -3600, 3600].map { about + $0 }
        let answers = near.map { answer($0, in: zone) }
        let found = zip(near, answers).first { $1.at == instant && $1.exists && $1.slack == 0 }
        return (found?.0 ?? about, found != nil)
    }

    private mutating func ask(_ question: Question) -> Answer {
        if let answer = answers[question] { return answer }
        // No more are held than may be asked.
        if answers.count + questions.count <= Self.mostQuestions { questions.insert(question) }
        return Answer(at: question.local, exists: true)
    }

    /// The questions since the last time, for the database.
    /// - Throws: `CalendarFault.tooMuch`.
    mutating func takeQuestions() throws(CalendarFault) -> [Question] {
        guard answers.count + questions.count <= Self.mostQuestions else { throw .tooMuch }
        defer { questions = [] }
        return Array(questions)
    }

    mutating func learn(_ question: Question, _ answer: Answer) { answers[question] = answer }
}
