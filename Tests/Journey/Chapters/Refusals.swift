import FoundationEssentials
import JSON

// Chapter 10: what must be refused, and how the refusal helps.

extension Journey {
    /// Strangers, wrong methods, wrong bodies.
    func refusals(around loaded: LoadedCase, stranger: Person) async throws {
        steps.chapter("What is refused")
        try await steps.step("A stranger cannot learn that the case exists") {
            let path: Path = "/v1/cases/\(loaded.id)"
            let real = try await stranger.ask(.get, path).refusing(404, as: "not-found")
            let none = try await stranger.ask(.get, "/v1/cases/\(UUID().uuidString.lowercased())").refusing(404)
            try promise(real.body["title"] == none.body["title"], "a case that is hidden is refused like no other")
            steps.shown(real)
            for below in ["records", "messages", "consents", "access-log", "opinion", "offers", "events"] {
                try await stranger.ask(.get, "/v1/cases/\(loaded.id)/\(below)").refusing(404)
            }
            try await stranger.ask(.post, "/v1/cases/\(loaded.id)/messages", ["text": "Hello?"]).refusing(404)
            try await stranger.ask(.post, "/v1/cases/\(loaded.id)/withdraw").refusing(404)
        }
        try await steps.step("Without a session everything is 401") {
            var nobody = loaded.patient
            nobody.session = nil
            steps.shown(try await nobody.ask(.get, "/v1/cases/\(loaded.id)").refusing(401))
            nobody.session = "AAAA"
            try await nobody.ask(.get, "/v1/me").refusing(401)
        }
        try await steps.step("A method that a route does not have is 405, with Allow") {
            let answer = try await loaded.patient.ask(.delete, "/v1/cases/\(loaded.id)/submit").refusing(405)
            try promise(answer.header("Allow")?.contains("POST") == true, "405 comes without the methods in Allow")
            steps.shown(answer)
        }
        try await steps.step("A patient cannot do a coordinator's work") {
            steps.shown(try await loaded.patient.ask(.get, "/v1/tasks").refusing(403, 404))
        }
        try await steps.step("Unknown, missing, mistyped and oversized fields are refused by name on every write") {
            for write in badWrites(around: loaded) {
                let answer = try await loaded.patient.ask(write.method, write.path, write.body)
                steps.shown(try answer.refusing(400, 413, 422, naming: write.place))
            }
        }
        try await steps.step("So are bodies that are too large, no JSON, or in another form") {
            let path: Path = "/v1/cases"
            let huge = [UInt8](repeating: UInt8(ascii: " "), count: 3_000_000)
            steps.shown(
                try await loaded.patient.upload(.post, path, huge, mediaType: "application/json").refusing(413))
            let broken = Array("{\"lane\": ".utf8)
            steps.shown(
                try await loaded.patient.upload(.post, path, broken, mediaType: "application/json").refusing(400))
            steps.shown(try await loaded.patient.upload(.post, path, broken, mediaType: "text/plain").refusing(415))
        }
        try await steps.step("None of it changed anything") {
            let cases = try await loaded.patient.get("/v1/cases").list("cases")
            try promise(cases.count == 1, "a refused write has made a case")
        }
    }

    private struct BadWrite {
        let method: Request.Method
        let path: Path
        let body: JSONValue
        let place: String
    }

    private func badWrites(around loaded: LoadedCase) -> [BadWrite] {
        let id = loaded.id
        let long = JSONValue.string(String(repeating: "x", count: 30_000))
        return [
            BadWrite(method: .post, path: "/v1/cases", body: ["lane": "licensed", "colour": "red"], place: "/colour"),
            BadWrite(method: .post, path: "/v1/cases", body: ["blinded": true], place: "/lane"),
            BadWrite(
                method: .post, path: "/v1/cases", body: ["lane": "licensed", "blinded": "yes"], place: "/blinded"),
            BadWrite(method: .post, path: "/v1/cases", body: ["lane": "sideways"], place: "/lane"),
            BadWrite(method: .post, path: "/v1/cases", body: ["lane": "licensed", "reason": long], place: "/reason"),
            BadWrite(
                method: .post, path: "/v1/cases",
                body: ["lane": "licensed", "intake": [["kind": "symptoms", "text": long]]], place: "/intake/0/text"),
            BadWrite(
                method: .post, path: "/v1/cases/\(id)/consents", body: ["kind": "everything", "wording": "w"],
                place: "/kind"),
            BadWrite(
                method: .post, path: "/v1/cases/\(id)/records", body: ["kind": "imaging", "title": 7], place: "/title"),
            BadWrite(method: .post, path: "/v1/cases/\(id)/messages", body: ["text": ""], place: "/text"),
            BadWrite(method: .post, path: "/v1/cases/\(id)/messages", body: ["text": "a", "to": "b"], place: "/to"),
            BadWrite(
                method: .post, path: "/v1/holds",
                body: holdRequest(of: "2030-01-07T15:00:00Z", for: loaded).with("case", "x"),
                place: "/case"),
            BadWrite(
                method: .post, path: "/v1/holds", body: holdRequest(of: "tomorrow", for: loaded), place: "/startsAt"),
            BadWrite(method: .post, path: "/v1/appointments", body: [:], place: "/hold"),
        ]
    }
}
