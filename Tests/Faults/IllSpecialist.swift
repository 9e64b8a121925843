import Foundation
import Rig

/// A specialist who clears two hours, and some time later can come after all.
final class IllSpecialist {
    private let id: String
    private let talk: Talk
    private let grid: Grid
    private let places: [String]
    private var generator: SeededGenerator
    private var off: String?

    init(id: String, talk: Talk, grid: Grid, places: [String], generator: SeededGenerator) {
        self.id = id
        self.talk = talk
        self.grid = grid
        self.places = places
        self.generator = generator
    }

    func attempt() throws {
        if let off {
            let meaning = Talk.Meaning(effect: .free(name: off))
            _ = try talk.send("DELETE", "/v1/specialists/\(id)/time-off/\(off)", meaning, done: 204)
            self.off = nil
            return
        }
        struct Cleared: Decodable {
            struct Off: Decodable { var id: String }
            struct Consult: Decodable { var offered: [Shown] }
            var timeOff: Off
            var consults: [Consult]
        }
        let start = grid.start(&generator)
        let range = start..<(start + 8)
        let json = #"{"startsAt":"\#(grid.instant(range.lowerBound))","endsAt":"\#(grid.instant(range.upperBound))"}"#
        let meaning = Talk.Meaning(otherwise: ["changed-meanwhile": nil])
        guard let (reply, began) = try talk.send("POST", "/v1/specialists/\(id)/clear", meaning, done: 201, json: json)
        else {
            return
        }
        let cleared = try reply.decode(Cleared.self)
        talk.record(
            .clear(name: cleared.timeOff.id, span: range), on: Talk.mask(of: [id], among: places), since: began)
        for hold in cleared.consults.flatMap(\.offered) {
            guard let span = grid.span(hold.startsAt, hold.minutes, buffer: 15) else { continue }
            talk.record(
                .take(name: hold.id, span: span, insteadOf: []), on: Talk.mask(of: hold.people, among: places),
                since: began)
            talk.count("offered instead")
        }
        off = cleared.timeOff.id
        talk.count("cleared")
        for _ in cleared.consults { talk.count("called off") }
    }
}
