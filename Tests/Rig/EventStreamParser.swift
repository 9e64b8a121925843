/// Reads the lines of an event stream (HTML §9.2) into events. Comments are signs of life and no more.
package struct EventStreamParser {
    package struct Event: Sendable {
        /// The last id that the stream gave, with this event or before it.
        package var id: String?
        package var name = "message"
        package var data = ""
    }

    private var line: [UInt8] = []
    private var event = Event()

    package init() {}

    /// The events that end within these bytes.
    package mutating func take(_ bytes: [UInt8]) -> [Event] { lines(in: bytes).compactMap { take(line: $0) } }

    /// The lines that end within these bytes.
    package mutating func lines(in bytes: some Sequence<UInt8>) -> [String] {
        var lines: [String] = []
        for byte in bytes {
            guard byte == UInt8(ascii: "\n") else {
                line.append(byte)
                continue
            }
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
            lines.append(String(decoding: line, as: UTF8.self))
            line.removeAll(keepingCapacity: true)
        }
        return lines
    }

    /// The event that ends with this line.
    package mutating func take(line: String) -> Event? {
        guard !line.isEmpty else {
            defer { event = Event(id: event.id) }
            return event.data.isEmpty ? nil : event
        }
        let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let value = parts.count == 2 ? String(parts[1].first == " " ? parts[1].dropFirst() : parts[1]) : ""
        switch parts[0] {
        case "id": event.id = value
        case "event": event.name = value
        case "data": event.data += value
        default: break
        }
        return nil
    }
}
