package import HTTPServer
package import Messaging

extension ServerEvent {
    /// An event of a thread. Messages and revealed entries have their number as the id.
    package init(_ event: ThreadEvent) throws {
        switch event {
        case .message(let entry): try self.init(id: String(entry.seq), name: "message", data: entry)
        case .revealed(let entry): try self.init(id: String(entry.seq), name: "revealed", data: entry)
        case .mark(let mark): try self.init(name: "mark", data: mark)
        }
    }
}
