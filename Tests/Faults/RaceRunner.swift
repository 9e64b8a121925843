import Foundation
import Rig

/// One patient at a keyboard: one request at a time.
final class Runner {
    private let patient: Patient
    private let colleagues: [String]
    private let talk: Talk
    private let grid: Grid
    private let places: [String]
    private var generator: SeededGenerator
    /// The patient's consults, as far as they know.
    private var consults: [Consult] = []
    /// The hold that the case asked for last.
    private var asked: String?
    /// The patient's place on the waitlist.
    private var place: String?

    private struct Consult {
        let id: String
        let minutes: Int
        let calendars: UInt32
        let isAlone: Bool
        /// What it takes of the patient's calendar.
        var own: Range<Int>
    }

    init(patient: Patient, colleagues: [String], talk: Talk, grid: Grid, places: [String], generator: SeededGenerator) {
        self.patient = patient
        self.colleagues = colleagues
        self.talk = talk
        self.grid = grid
        self.places = places
        self.generator = generator
    }

    /// One random number.
    func attempt(_ mix: Race.Mix) throws {
        if mix == .moves, consults.count > 1 {
            return try move(Int.random(in: 0..<consults.count, using: &generator), grid.start(&generator))
        }
        // Nobody keeps so much that nothing is left to race for.
        if mix != .moves, consults.count > 1 { return try cancel(consults.removeFirst()) }
        let minutes = generator.pick([30, 45, 60])
        // Whoever mostly moves, moves panels: their calendars are several, in no order of their own.
        let panel =
            mix == .moves || mix == .everything && Int.random(in: 0..<3, using: &generator) == 0 ? colleagues : []
        let start = grid.start(&generator)
        switch Int.random(in: 0..<24, using: &generator) {
        case 8..<11 where mix == .bookings, 17... where mix == .bookings:
            if let hold = try take(start, minutes, panel) { try book(hold) }
        case 0..<8: if let hold = try take(start, minutes, panel) { try book(hold) }
        case 8..<11: if let index = anyConsult() { try move(index, start) }
        case 11..<13: if let index = anyConsult() { try cancel(consults.remove(at: index)) }
        case 13: if let hold = try take(start, minutes, panel) { try release(hold.id) }
        case 14:
            guard let hold = try take(start, minutes, panel) else { return }
            let refusal = CalendarOperation.Effect.free(name: hold.id)
            if try talk.send("PATCH", "/v1/holds/\(hold.id)", .init(otherwise: ["hold-over": refusal]), done: 200)
                != nil
            {
                talk.count("renewed")
                try release(hold.id)
            }
        case 15..<17: if try take(start, minutes, panel) != nil { talk.count("left lying") }
        case 17..<19: try look(grid.day(of: start), minutes, panel)
        case 19..<21: try wait(grid.day(of: start))
        default: try answerOffers()
        }
    }

    private func anyConsult() -> Int? {
        consults.isEmpty ? nil : Int.random(in: 0..<consults.count, using: &generator)
    }

    private func mask(_ people: [String]) -> UInt32 { Talk.mask(of: people, among: places) }

    /// Whether a refusal can only be for the specialists' calendars: the patient's has nothing then.
    private func isMine(_ own: Range<Int>, besides: String? = nil) -> Bool {
        consults.contains { $0.id != besides && $0.own.overlaps(own) }
    }

    private func take(_ start: Int, _ minutes: Int, _ panel: [String]) throws -> Shown? {
        let span = start..<(start + (minutes + 15) / 15)
        let last = asked.map { [$0] } ?? []
        let calendars = mask([patient.specialist] + panel)
        let meaning = Talk.Meaning(
            lost: .take(name: "lost", span: span, insteadOf: last), calendars: calendars,
            isJudged: !isMine(start..<(start + minutes / 15)))
        let named = panel.isEmpty ? "" : #","colleagues":["\#(panel.joined(separator: #"",""#))"]"#
        let json =
            #"{"case":"\#(patient.case)","startsAt":"\#(grid.instant(start))","visitType":"consult-\#(minutes)"\#(named)}"#
        guard let (reply, began) = try talk.send("POST", "/v1/holds", meaning, done: 201, json: json) else {
            return nil
        }
        let hold = try reply.decode(Shown.self)
        talk.record(.take(name: hold.id, span: span, insteadOf: last), on: calendars, since: began)
        asked = hold.id
        if !panel.isEmpty { talk.count("panels held") }
        return hold
    }

    private func book(_ hold: Shown) throws {
        let meaning = Talk.Meaning(otherwise: ["hold-over": .free(name: hold.id)])
        let json = #"{"hold":"\#(hold.id)","token":"\#(hold.token ?? "")"}"#
        guard let (reply, began) = try talk.send("POST", "/v1/appointments", meaning, done: 201, json: json) else {
            return
        }
        let consult = try reply.decode(Shown.self)
        talk.record(.pass(name: consult.id, from: hold.id), since: began)
        asked = nil
        talk.count("booked")
        keep(consult)
    }

    private func keep(_ consult: Shown) {
        consults.removeAll { $0.id == consult.id }
        guard let own = grid.span(consult.startsAt, consult.minutes, buffer: 0) else { return }
        consults.append(
            Consult(
                id: consult.id, minutes: consult.minutes, calendars: mask(consult.people),
                isAlone: consult.colleagues.isEmpty, own: own))
    }

    private func move(_ index: Int, _ start: Int) throws {
        let consult = consults[index]
        let span = start..<(start + (consult.minutes + 15) / 15)
        let own = start..<(start + consult.minutes / 15)
        let effect = CalendarOperation.Effect.take(name: consult.id, span: span, insteadOf: [consult.id])
        // An asked hold that was left lying is in the way as well, and the patient does not keep count of when it lapses.
        let meaning = Talk.Meaning(
            effect: effect, lost: effect, calendars: consult.calendars,
            isJudged: !isMine(own, besides: consult.id) && asked == nil,
            otherwise: ["wrong-appointment-state": .free(name: consult.id)])
        let path = "/v1/appointments/\(consult.id)/reschedule"
        if try talk.send("POST", path, meaning, done: 200, json: #"{"startsAt":"\#(grid.instant(start))"}"#) != nil {
            consults[index].own = own
            talk.count("moved")
        }
    }

    private func cancel(_ consult: Consult) throws {
        let effect = CalendarOperation.Effect.free(name: consult.id)
        let meaning = Talk.Meaning(effect: effect, otherwise: ["wrong-appointment-state": effect])
        if try talk.send("POST", "/v1/appointments/\(consult.id)/cancel", meaning, done: 200) != nil {
            talk.count("cancelled")
        }
    }

    private func release(_ hold: String) throws {
        let effect = CalendarOperation.Effect.free(name: hold)
        let meaning = Talk.Meaning(effect: effect, otherwise: ["hold-over": effect])
        if try talk.send("DELETE", "/v1/holds/\(hold)", meaning, done: 204) != nil { talk.count("released") }
        if asked == hold { asked = nil }
    }

    /// Looks at the openings of a day, and tries one of them at once: what was shown can be had, until somebody has it.
    private func look(_ day: Range<Int>, _ minutes: Int, _ panel: [String]) throws {
        struct List: Decodable {
            struct Opening: Decodable { var startsAt: String }
            var openings: [Opening]
        }
        let named = panel.isEmpty ? "" : "&colleagues=\(panel.joined(separator: ","))"
        let path =
            "/v1/openings?case=\(patient.case)&visitType=consult-\(minutes)&from=\(grid.instant(day.lowerBound))"
            + "&to=\(grid.instant(day.upperBound))\(named)"
        guard let (reply, began) = try talk.send("GET", path, done: 200) else { return }
        let found = try reply.decode(List.self).openings.compactMap {
            grid.span($0.startsAt, minutes, buffer: 15)
        }
        guard let span = found.randomElement(using: &generator) else { return }
        // The patient's own last pick counts as free in what they are shown.
        // Each calendar is looked at by itself.
        for person in [patient.specialist] + panel where asked == nil {
            talk.record(.see(span: span), on: mask([person]), since: began)
        }
        talk.count("shown and tried")
        if try take(span.lowerBound, minutes, panel) != nil { talk.count("shown and had") }
    }

    private func wait(_ day: Range<Int>) throws {
        if let place, Int.random(in: 0..<3, using: &generator) == 0 {
            // What was offered there goes back with it, whatever it was.
            if try talk.send("DELETE", "/v1/waitlist/\(place)", .init(otherwise: ["not-waiting": nil]), done: 204)
                != nil
            {
                talk.count("left the line")
            }
            self.place = nil
            return
        }
        struct Entry: Decodable { var id: String }
        let days = "\"earliest\":\"\(grid.instant(day.lowerBound))\",\"latest\":\"\(grid.instant(day.upperBound))\""
        let meaning = Talk.Meaning(otherwise: ["already-waiting": nil])
        if let (reply, _) = try talk.send(
            "POST", "/v1/waitlist", meaning, done: 201, json: #"{"case":"\#(patient.case)",\#(days)}"#)
        {
            place = try reply.decode(Entry.self).id
            talk.count("joined the line")
        }
    }

    /// Takes, or gives back, what is offered to the patient.
    private func answerOffers() throws {
        struct List: Decodable { var holds: [Shown] }
        guard let (reply, _) = try talk.send("GET", "/v1/holds?case=\(patient.case)", done: 200) else { return }
        guard let offer = try reply.decode(List.self).holds.first(where: { $0.kind == "offered" }) else { return }
        if Int.random(in: 0..<5, using: &generator) == 0 { return try release(offer.id) }
        // Refused for what the patient has then, that says nothing about the specialists'.
        let meaning = Talk.Meaning(isJudged: false, otherwise: ["hold-over": .free(name: offer.id)])
        let before = asked
        guard let (answer, began) = try talk.send("POST", "/v1/holds/\(offer.id)/accept", meaning, done: 201) else {
            return
        }
        let consult = try answer.decode(Shown.self)
        talk.record(.pass(name: consult.id, from: offer.id), since: began)
        if let before { talk.record(.lapse(name: before), since: began) }
        asked = nil
        place = nil
        talk.count("accepted")
        keep(consult)
    }
}
