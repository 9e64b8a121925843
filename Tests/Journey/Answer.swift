import JSON
import NIOHTTP1

/// What the service answered.
struct Answer: Sendable {
    let route: String
    let status: Int
    let headers: HTTPHeaders
    let bytes: [UInt8]

    /// The value of a header; nil when there is none.
    func header(_ name: String) -> String? { headers.first(name: name) }

    /// What a write sends to change just what was read here.
    var ifMatch: [String: String] { header("ETag").map { ["If-Match": $0] } ?? [:] }

    /// The body as JSON; null when it is none.
    var body: JSONValue { (try? JSONValue.read(bytes)) ?? .null }

    /// The kind of a refusal: the last part of its problem's `type`.
    var problem: String? {
        guard case .string(let type) = body["type"],
            header("Content-Type")?.hasPrefix("application/problem+json") == true
        else { return nil }
        return type.split(separator: "/").last.map(String.init)
    }

    /// The places and rules that a refusal names, such as `/blinded missing`.
    var faults: [String] {
        guard case .array(let errors) = body["errors"] else { return [] }
        return errors.map { error in
            let place = [error["pointer"], error["parameter"], error["header"]].lazy.compactMap { place in
                if case .string(let text) = place { text } else { nil }
            }.first
            return "\(place ?? "?") \((try? error.text("rule")) ?? "?")"
        }
    }

    /// Status, kind and places: everything that may be said of an answer aloud.
    var summary: String {
        ([String(status)] + (problem.map { [$0] } ?? [])
            + (faults.isEmpty ? [] : ["(\(faults.joined(separator: ", ")))"]))
            .joined(separator: " ")
    }

    /// What a refusal says besides, where that is a word of the service and nobody's text.
    var words: String {
        ["missing", "consent", "obstacle", "state"].compactMap { name in
            switch body[name] {
            case .string(let word): word
            case .array(let words):
                words.compactMap { if case .string(let word) = $0 { word } else { nil } }.joined(separator: ", ")
            default: nil
            }
        }.map { ": \($0)" }.joined()
    }

    /// This answer, which must be a success with one of the statuses.
    @discardableResult
    func expecting(_ statuses: Int...) throws -> Answer {
        guard statuses.contains(status) else {
            let wanted = statuses.map(String.init).joined(separator: " or ")
            throw BrokenPromise("\(route) answered \(summary) where \(wanted) was promised")
        }
        return self
    }

    /// This answer, which must be a refusal of that status and kind that names the place, if one is given.
    @discardableResult
    func refusing(_ statuses: Int..., as kind: String? = nil, naming place: String? = nil) throws -> Answer {
        let wanted = statuses.map(String.init).joined(separator: " or ")
        guard statuses.contains(status) else {
            throw BrokenPromise("\(route) answered \(summary) where a refusal of \(wanted) was promised")
        }
        guard let problem else { throw BrokenPromise("\(route) answered \(status) without a problem reply") }
        if let kind, kind != problem {
            throw BrokenPromise("\(route) answered \(summary) where \(wanted) \(kind) was promised")
        }
        if let place, !faults.contains(where: { $0.hasPrefix("\(place) ") }) {
            throw BrokenPromise("\(route) answered \(summary), which does not name \(place)")
        }
        return self
    }
}
