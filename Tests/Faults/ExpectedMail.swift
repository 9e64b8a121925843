import Foundation
import Rig
import Synchronization

/// What people did that others must be told of by mail, and what mails came of it.
struct ExpectedMail: Sendable {
    /// Consults that were booked: a mail to the patient and one to the specialist for each.
    var bookings: Set<String> = []
    /// Urgent messages, by case: a mail to the specialist for each.
    var messages: [String: Int] = [:]
    var odd: [String] = []
    /// The first half hour, of each patient's, that was not booked.
    var nextSlot = 0

    var notices: Int { 2 * bookings.count + messages.values.reduce(0, +) }

    mutating func add(_ other: ExpectedMail) {
        bookings.formUnion(other.bookings)
        messages.merge(other.messages) { $0 + $1 }
        odd += other.odd
        nextSlot = max(nextSlot, other.nextSlot)
    }

    /// Lets each patient do their share of what makes so many notices, all at once, and more until it is enough.
    static func write(
        _ notices: Int, _ rig: Rig, _ patients: [Patient], from slot: Int,
        until isEnough: @escaping @Sendable () -> Bool
    ) throws -> ExpectedMail {
        let parts = try ClientThreads.collect(patients.count) { number in
            var part = ExpectedMail(nextSlot: slot)
            let client = StubbornClient(ports: rig.ports, turn: number)
            while part.notices < notices / patients.count || !isEnough() {
                // A booking is two notices; then two messages, so that half is of each kind.
                try part.book(patients[number], part.nextSlot, client)
                try part.post(patients[number], client)
                try part.post(patients[number], client)
                part.nextSlot += 1
                guard part.odd.isEmpty else { break }
            }
            part.odd += client.faults
            return part
        }
        return parts.reduce(into: ExpectedMail()) { $0.add($1) }
    }

    /// Each patient has a specialist of their own: ten half hours a day, as many days as it takes.
    private mutating func book(_ patient: Patient, _ slot: Int, _ client: StubbornClient) throws {
        let startsAt = Grid(now: Date()).instant(slot / 10 * 96 + slot % 10 * 3)
        let hold = try client.send(.hold(for: patient, at: startsAt))
        guard hold.status == 201 else { return odd.append("hold: \(hold.status) \(hold.problem ?? "")") }
        let consult = try client.send(.booking(of: hold.decode(Made.self), by: patient))
        guard consult.status == 201 else { return odd.append("booking: \(consult.status) \(consult.problem ?? "")") }
        bookings.insert(try consult.decode(Made.self).id)
    }

    private mutating func post(_ patient: Patient, _ client: StubbornClient) throws {
        let reply = try client.send(.message("Now", from: patient, urgent: true))
        guard reply.status == 201 else { return odd.append("message: \(reply.status) \(reply.problem ?? "")") }
        messages[patient.case, default: 0] += 1
    }

    // MARK: What came

    /// Notices that no mail came of.
    func missing(in mails: Mails) -> Int {
        bookings.map { max(0, 2 - mails.recipients(about: "appointments/\($0)")) }.reduce(0, +)
            + messages.map { max(0, $0.value - mails.ids(about: "cases/\($0.key)")) }.reduce(0, +)
    }

    /// Mails beyond one for each notice, once those of one Message-ID count as one.
    func surplus(in mails: Mails) -> Int {
        bookings.map { max(0, mails.ids(about: "appointments/\($0)") - 2) }.reduce(0, +)
            + messages.map { max(0, mails.ids(about: "cases/\($0.key)") - $0.value) }.reduce(0, +)
    }
}

/// What a mail server took, by what the mails are about.
struct Mails {
    /// Of every mail, those that came again with them.
    private(set) var count = 0
    private var ids: [Substring: Set<Substring>] = [:]
    private var recipients: [Substring: Set<Substring>] = [:]

    /// - Parameter earlier: so many that are another run's.
    init(_ server: SMTPServer, after earlier: Int = 0) { self.init(Array(server.taken.dropFirst(earlier))) }

    init(_ taken: [SMTPServer.Taken]) {
        for mail in taken {
            count += 1
            guard let id = mail.content.firstMatch(of: /Message-ID: <([^@]*)@/)?.1,
                let recipient = mail.content.firstMatch(of: /\nTo: (.*)/)?.1,
                let matter = mail.content.firstMatch(of: /\nhttp:..[^\/]*\/((appointments|cases)\/[-0-9a-f]*)/)?.1
            else { continue }
            ids[matter, default: []].insert(id)
            recipients[matter, default: []].insert(recipient)
        }
    }

    /// Different Message-IDs.
    var distinct: Int { ids.values.reduce(into: Set<Substring>()) { $0.formUnion($1) }.count }

    func ids(about matter: String) -> Int { ids[Substring(matter)]?.count ?? 0 }
    func recipients(about matter: String) -> Int { recipients[Substring(matter)]?.count ?? 0 }
}
