import ArgumentParser
import Foundation
import Rig

/// What is asked for, over and over.
enum Workload: String, ExpressibleByArgument, CaseIterable, Sendable {
    case point, openings, soonest, booking, message

    /// For a reader of the table.
    var title: String {
        switch self {
        case .point: "point read of an appointment"
        case .openings: "openings of one specialist, 30 days"
        case .soonest: "soonest of all who can take a case"
        case .booking: "booking: hold and appointment"
        case .message: "message"
        }
    }

    /// The share of `pgbench`'s rate that the gateway is to reach at 64 connections; nil where another promise holds.
    var target: Double? {
        switch self {
        case .point: 0.30
        case .openings: 0.35
        case .soonest: nil
        case .booking: 0.70
        case .message: 0.60
        }
    }

    /// Whether its promises are made for the largest scale, and not the smallest.
    var isScheduling: Bool { [.openings, .soonest, .booking].contains(self) }

    /// Requests a second of its open loop, and the milliseconds within which 99 of 100 are to be answered; nil where
    /// nothing is promised.
    var promptness: (rate: Double, p99: Double)? {
        switch self {
        case .openings: (200, 15)
        case .soonest: (200, 25)
        case .point, .booking, .message: nil
        }
    }

    /// Bookings need room.
    var hours: SystemUnderLoad.Hours { self == .booking ? .always : .usual }

    /// Counts what units have left in the database; nil for what leaves nothing.
    var trace: String? {
        switch self {
        case .point: "SELECT count(*) FROM consilium.audit_entry WHERE action = 'read.appointment'"
        case .openings, .soonest: nil
        case .booking: "SELECT count(*) FROM consilium.appointment WHERE state = 'booked'"
        case .message: "SELECT count(*) FROM consilium.message"
        }
    }

    /// What a unit calls whose rows are counted, for want of a trace.
    var counted: String? {
        switch self {
        case .openings: "common_openings"
        case .soonest: "soonest"
        case .point, .booking, .message: nil
        }
    }

    /// One unit of work of the person of a number.
    /// - Returns: the slot that it booked.
    /// - Throws: `Refused` when it was not done, and what `Wire` throws.
    @discardableResult
    func run(for number: Int, of system: SystemUnderLoad, over wire: Wire) throws -> Int? {
        let person = system.people[number]
        let token = person.patient.token
        func send(_ method: String, _ path: String, status: Int, json: String? = nil) throws -> Reply {
            let key = method == "GET" ? nil : UUID().uuidString
            let reply = try wire.send(Ask(method, path, token: token, key: key, json: json))
            guard reply.status == status else { throw Refused(workload: self, status: reply.status, text: reply.text) }
            return reply
        }
        switch self {
        case .point:
            _ = try send("GET", "/v1/appointments/\(person.appointment)", status: 200)
        case .openings:
            _ = try send(
                "GET", "/v1/openings?case=\(person.patient.case)&from=\(system.searched.from)&to=\(system.searched.to)",
                status: 200)
        case .soonest:
            _ = try send("GET", "/v1/openings/soonest?case=\(person.waiting)", status: 200)
        case .booking:
            let slot = try system.nextSlot(of: number)
            let hold = try send(
                "POST", "/v1/holds", status: 201,
                json:
                    #"{"case":"\#(person.patient.case)","startsAt":"\#(system.start(slot))","visitType":"consult-45"}"#
            )
            let (id, secret) = (try Self.text("id", in: hold), try Self.text("token", in: hold))
            _ = try send("POST", "/v1/appointments", status: 201, json: #"{"hold":"\#(id)","token":"\#(secret)"}"#)
            return slot
        case .message:
            _ = try send(
                "POST", "/v1/cases/\(person.patient.case)/messages", status: 201,
                json: #"{"text":"Did the second biopsy arrive, and may I take the tablets until Tuesday?"}"#)
        }
        return nil
    }

    /// A text of a reply's object, without reading all of it: clients share the machine with what they measure.
    private static func text(_ name: String, in reply: Reply) throws -> String {
        guard let start = reply.text.range(of: "\"\(name)\":\"")?.upperBound,
            let end = reply.text[start...].firstIndex(of: "\"")
        else { throw Refused(workload: .booking, status: reply.status, text: "without \(name)") }
        return String(reply.text[start..<end])
    }
}

/// Work that the service did not do.
struct Refused: Error, CustomStringConvertible {
    let workload: Workload
    let status: Int
    let text: String

    var description: String { "\(workload.rawValue): \(status) \(text)" }
}
