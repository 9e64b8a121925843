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
        /// Unix seconds: the earliest instant that a wall may be.
        let at: Int
        /// Whether the wall shows that time at all.
        let exists: Bool
        /// Seconds by which it may be later, because nobody knows what the clock shows.
        var slack = 0
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
    /// How much of the rules of all its zones is gone through, as `EventRule.occurrences` counts: as that of a hundred zones
    /// that are written out with their history.
    private var zoneSteps = 10_000_000
    /// The first of the document's own zones, by name, which its all-day events may have been written in.
    let definedZones: [WallMoment.Zone]
    private static let mostDefined = 10

    /// - Parameters:
    ///   - known: those of `zoneNames(of:)` that the system's tzdata has.
    ///   - last: the last time that matters, in Unix seconds.
    init(_ calendar: ForeignCalendar, known: Set<String>, through last: Int) {
        self.known = known
        self.last = last
        zones = calendar.zones
        definedZones = calendar.zones.keys.sorted().prefix(Self.mostDefined).map { .named($0) }
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
        let reading = ZoneReading(zone, known, zones, through: last, &zoneSteps)
        readings[zone] = reading
        return reading
    }

    mutating func answer(_ wall: Int, in zone: WallMoment.Zone) -> Answer {
        switch reading(of: zone) {
        case .theirs: return ask(Question(zone: "", wall: wall))
        case .iana(let name): return ask(Question(zone: name, wall: wall))
        case .offset(let seconds): return Answer(at: wall - seconds, exists: true)
        case .document(let clock, let beyond):
            let (at, exists) = clock.instant(of: wall)
            if clock.covers(at) { return Answer(at: at, exists: exists) }
            return beyond.map { ask(Question(zone: $0, wall: wall)) } ?? Self.any(of: clock.offsets, wall)
        case .unknown(let offsets): return Self.any(of: offsets, wall)
        }
    }

    private static func any(of offsets: ClosedRange<Int>, _ wall: Int) -> Answer {
        Answer(at: wall - offsets.upperBound, exists: true, slack: offsets.upperBound - offsets.lowerBound)
    }

    /// What a wall shows at an instant, and whether it is sure to: of an hour that it shows twice the second is not found.
    mutating func wall(at instant: Int, in zone: WallMoment.Zone) -> (wall: Int, isExact: Bool) {
        let about = instant + instant - answer(instant, in: zone).at
        // The clock may change between the two, by an hour at most but for what nobody lives through twice. All are asked at
        // once.
        let near = [0, -1800, 1800, -3600, 3600].map { about + $0 }
        let answers = near.map { answer($0, in: zone) }
        let found = zip(near, answers).first { $1.at == instant && $1.exists && $1.slack == 0 }
        return (found?.0 ?? about, found != nil)
    }

    private mutating func ask(_ question: Question) -> Answer {
        if let answer = answers[question] { return answer }
        // One more than may be asked is not held.
        if answers.count + questions.count <= Self.mostQuestions { questions.insert(question) }
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
