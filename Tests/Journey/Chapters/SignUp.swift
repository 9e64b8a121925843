import FoundationEssentials
import JSON

// Chapter 1: accounts, and what a stranger may not learn of them.

extension Journey {
    /// The patient's own way in: refused with a weak password, confirmed by the mail's link, signed in.
    func signUp() async throws -> Person {
        steps.chapter("A patient signs up")
        let patient = newcomer("patient")
        let first = try await steps.step("The patient signs up; nobody is told whether the address was known") {
            try await patient.ask(.post, "/v1/accounts", particulars(of: patient)).expecting(202)
        }
        try await steps.step("Before the address is confirmed, they cannot sign in") {
            steps.shown(try await patient.ask(.post, "/v1/sessions", credentials(of: patient)).refusing(401, 403))
        }
        try await steps.step("A password that everybody tries is refused, naming the field") {
            let token = try await mailbox.token(of: "/confirm", to: patient.email)
            let weak: JSONValue = ["token": .string(token), "password": "password123456789"]
            steps.shown(
                try await patient.ask(.post, "/v1/accounts/confirm", weak).refusing(422, naming: "/password"))
        }
        try await confirm(patient)
        try await steps.step("A second sign-up with the same address gets the same answer") {
            let again = try await patient.ask(.post, "/v1/accounts", particulars(of: patient)).expecting(202)
            try promise(again.bytes == first.bytes, "the second answer differs: it tells that the account exists")
        }
        try await steps.step("A wrong password is refused") {
            let wrong = credentials(of: patient).with("password", "not what they chose at all")
            steps.shown(try await patient.ask(.post, "/v1/sessions", wrong).refusing(401))
        }
        return try await signIn(patient, "The patient")
    }

    /// Somebody without an account, whose name and address are canaries.
    func newcomer(_ role: String) -> Person {
        Person(
            "Orla \(canaries.word("name of the \(role)"))",
            email: "\(role.filter(\.isLetter))-\(canaries.addressTag)-\(canaries.count)@journey.example",
            password: "seven herons over the canal \(canaries.count)", client: client)
    }

    /// Signs somebody up and in without a word about it.
    func signedUp(_ role: String) async throws -> Person {
        let person = newcomer(role)
        _ = try await person.ask(.post, "/v1/accounts", particulars(of: person)).expecting(202)
        try await confirm(person)
        return try await signIn(person, "The \(role)")
    }

    /// Reads the confirmation from the mail that the worker wrote, follows its link, and chooses a password.
    func confirm(_ person: Person) async throws {
        try await steps.step("The worker's mail arrives, and its link confirms the address") {
            let token = try await mailbox.token(of: "/confirm", to: person.email)
            try await person.post(
                "/v1/accounts/confirm", ["token": .string(token), "password": .string(person.password)])
        }
    }

    /// The same person with a session.
    func signIn(_ person: Person, _ subject: String) async throws -> Person {
        try await steps.step("\(subject) signs in") {
            var person = person
            person.session = try await person.post("/v1/sessions", credentials(of: person)).text("token")
            return person
        }
    }

    func credentials(of person: Person) -> JSONValue {
        ["email": .string(person.email), "password": .string(person.password)]
    }

    func particulars(of person: Person) -> JSONValue {
        [
            "email": .string(person.email), "name": .string(person.name),
            "birthDate": "1968-04-09", "sex": "female", "phone": "+1-419-555-0119",
            "address": .string("\(canaries.word("postal address")) Wharf 7, Toledo, OH"),
            "jurisdiction": .string(Self.home),
            "timeZone": "America/New_York", "language": "en",
        ]
    }
}
