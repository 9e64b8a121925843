import FoundationEssentials
import JSON

/// The people of the demo programme: who signs in as whom.
struct Programme: Sendable {
    /// Of every account of the demo, as `Deploy/demo` prints it.
    static let password = "a second look is worth it"

    private let emails: [String: String]
    private let coordinators: [String]

    init(file: String) throws {
        guard let data = FileManager.default.contents(atPath: file), let programme = try? JSONValue.read(Array(data))
        else {
            throw BrokenPromise("the demo programme cannot be read: name it with --programme")
        }
        emails = try Dictionary(
            programme.list("specialists").map { (try $0.text("name"), try $0.text("email")) }
        ) { first, _ in first }
        coordinators = try programme.list("staff").filter { try $0.text("role") == "coordinator" }
            .map { try $0.text("email") }
    }

    /// A specialist's address by the name that the directory publishes.
    func email(of specialist: String) throws -> String {
        guard let email = emails[specialist] else {
            throw BrokenPromise("a specialist was matched who is not of the demo programme")
        }
        return email
    }

    var coordinator: String {
        get throws {
            guard let first = coordinators.first else { throw BrokenPromise("the demo programme has no coordinator") }
            return first
        }
    }
}
