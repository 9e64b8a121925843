import Glibc

/// One event stream over a connection of its own (HTML §9.2), read as the bytes come: as cheap as many of them must be.
package final class EventReader {
    package typealias Event = EventStreamParser.Event

    package enum State: Equatable, Sendable {
        /// Nobody has answered yet.
        case asking
        /// The stream is open.
        case open
        /// It was answered otherwise, with this status; or its event `problem` said so.
        case refused(Int)
        /// It has ended, or the connection is lost.
        case ended
    }

    package private(set) var state = State.asking
    /// The last id that was read.
    package private(set) var lastID: String?
    private let wire: Wire
    private let request: Ask
    private var head = false
    private var parser = EventStreamParser()

    /// - Parameter after: the last entry that its reader has.
    package init(port: Int, patient: Patient, after: String? = nil) {
        wire = Wire(port: port, buffer: 4096)
        lastID = after
        request = Ask(
            "GET", "/v1/cases/\(patient.case)/events", token: patient.token,
            headers: ["Accept": "text/event-stream"].merging(after.map { ["Last-Event-ID": $0] } ?? [:]) { $1 })
    }

    /// The connection's descriptor, once `ask` has returned.
    package var socket: Int32 { wire.socket }

    /// Connects and asks; the answer is `take`n.
    package func ask() throws {
        try wire.connect()
        try wire.write(request.bytes)
    }

    /// Reads what has come, without waiting.
    package func take() -> [Event] {
        var events: [Event] = []
        do {
            // Chunks are framed by lines of their own (RFC 9112 §7.1); none of them is a field of an event.
            for line in parser.lines(in: try wire.takeBytes()) { read(line, into: &events) }
        } catch {
            wire.hangUp()
            if case .refused = state {} else { state = .ended }
        }
        return events
    }

    package func hangUp() {
        wire.hangUp()
        state = .ended
    }

    private func read(_ text: String, into events: inout [Event]) {
        guard head else {
            if state == .asking, text.hasPrefix("HTTP/1.1 ") {
                let status = Int(text.dropFirst(9).prefix(3)) ?? 0
                state = status == 200 ? .open : .refused(status)
            }
            head = text.isEmpty
            return
        }
        guard let event = parser.take(line: text) else { return }
        if let id = event.id { lastID = id }
        if event.name == "problem" { state = .refused(200) }
        events.append(event)
    }
}
