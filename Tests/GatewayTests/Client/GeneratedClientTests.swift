import Clinic
import Foundation
@testable import Gateway
@testable import HTTPServer
import HTTPTypes
@testable import JSON
import Postgres
import Rig
@testable import ServiceAPI
import Testing
import TestSupport

/// A client that a public generator, openapi-python-client, makes of the document as it is served.
@Suite("A client generated from the document does what a patient does", .database, .timeLimit(.minutes(5)))
struct GeneratedClientTests {
    private static let folder = "\(Cluster.repository)/Tests/GatewayTests/Client"

    /// Makes the package `consilium_client` in a folder of its own.
    /// - Throws: `RigFailure.command` with what the generator warns of: it names each operation that it leaves out.
    private func generate(from document: String, in folder: String) throws {
        try document.write(toFile: "\(folder)/openapi.json", atomically: true, encoding: .utf8)
        try command(
            [
                python, "-m", "openapi_python_client", "generate", "--path", "\(folder)/openapi.json", "--meta", "none",
                "--output-path", "\(folder)/consilium_client", "--config", "\(Self.folder)/generator.yml",
                "--fail-on-warning",
            ])
    }

    private func inScratch(_ body: (String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "client-\(UUID())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await body(folder)
    }

    @Test("They sign up, open a case and book, and the generator leaves nothing out", .timeLimit(.minutes(3)))
    func patient() async throws {
        let services = try await TestServices.make()
        let specialist = try await Seed.specialist(services.vault)
        let person = TestPerson(token: "s-\(specialist)", caller: Seed.caller(specialist, roles: [.specialist]))
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            try await tx.execute(
                """
                INSERT INTO consilium.condition
                VALUES ('C50.911', true, 'Malignant neoplasm of unspecified site of right female breast',
                    'malignant neoplasm of unspecified site of right female breast')
                ON CONFLICT DO NOTHING
                """)
        }
        try await services.open(to: [person]) { gateway in
            try await inScratch { folder in
                try generate(from: try await gateway.send(.get, "/openapi.json").text, in: folder)
                func play(_ chapter: String, _ known: [String: String]) throws -> [String: String] {
                    let input = String(decoding: try JSONEncoder().encode(known), as: UTF8.self)
                    let script = "\(Self.folder)/patient.py"
                    let output = try command(
                        [python, script, chapter, folder, "http://127.0.0.1:\(gateway.port)"], input: input)
                    return try JSONDecoder().decode([String: String].self, from: Data(output.utf8))
                }
                let email = "maria.lopez@example.org"
                _ = try play("sign-up", ["email": email])
                let token = try await IssuedSecrets(vault: services.vault).token(to: email, .confirmEmail)
                let opened = try play("open-case", ["email": email, "token": token])
                let (id, session) = try (#require(opened["case"]), #require(opened["session"]))
                try await CaseRoutesFixture().assign(id, to: person)
                let booked = try play("book", ["case": id, "session": session, "specialist": "\(specialist)"])
                let appointment = try #require(booked["appointment"])
                let read = try await gateway.send(.get, "/v1/appointments/\(appointment)", as: person)
                #expect(read.status == 200 && read.text(at: "state") == "booked", "\(read.text)")
            }
        }
    }

    @Test("Control: an operation that the generator cannot read is told")
    func control() async throws {
        try await inScratch { folder in
            let document = try OpenAPIDocument(testEndpoints(), settings: GatewaySettings()).json
            let strange: JSONValue = [
                "description": "x", "content": ["application/strange": ["schema": ["type": "string"]]],
            ]
            let paths = try #require(document["paths"])
            let notes = try #require(paths["/v1/notes"])
            let post = try #require(notes["post"]).with("requestBody", strange)
            let changed = document.with("paths", paths.with("/v1/notes", notes.with("post", post)))
            let error = #expect(throws: RigFailure.self) {
                try generate(from: String(decoding: changed.bytes, as: UTF8.self), in: folder)
            }
            #expect("\(try #require(error))".contains("application/strange"))
        }
    }
}
