import Clinic
@testable import Gateway
@testable import HTTPServer
import HTTPTypes
@testable import JSON
import Notifications
import Postgres
@testable import ServiceAPI
import Testing
import TestSupport

@Suite("The routes of notifications, over a socket", .database, .timeLimit(.minutes(5)))
struct NotificationRouteTests {
    private let route = "/v1/me/notifications"
    private let quiet =
        #"{"email":true,"reminders":false,"quietHours":{"from":"22:00","to":"07:00"},"showNames":false}"#

    private func with(_ body: @Sendable (TestGateway, TestPerson) async throws -> Void) async throws {
        let anna = try await TestPerson.signedUp()
        try await TestGateway.with(notificationRoutes(NotificationService()), people: [anna]) {
            try await body($0, anna)
        }
    }

    @Test("Preferences are read, changed with their ETag, and read again")
    func changes() async throws {
        try await with { gateway, anna in
            let first = try await gateway.send(.get, route, as: anna)
            #expect(first.status == 200 && first.text == #"{"email":true,"reminders":true,"showNames":false}"#)
            #expect(first.header("ETag")?.hasPrefix("\"0-") == true)
            let changed = try await gateway.send(
                .put, route, as: anna, json: quiet, headers: ["If-Match": "\"0\"", "Idempotency-Key": "k1"])
            #expect(changed.status == 200 && changed.header("ETag") == "\"1\"")
            let again = try await gateway.send(.get, route, as: anna)
            #expect(again.text == quiet && again.header("ETag")?.hasPrefix("\"1-") == true)
        }
    }

    @Test(
        "A change without the version, with an old one, or out of form changes nothing",
        arguments: [
            (nil, #"{"email":false,"reminders":true,"showNames":false}"#, 428, []),
            ("\"7\"", #"{"email":false,"reminders":true,"showNames":false}"#, 412, []),
            ("\"x\"", #"{"email":false,"reminders":true,"showNames":false}"#, 412, []),
            ("\"0\"", #"{"email":1,"reminders":true}"#, 422, ["/email type", "/showNames missing"]),
            (
                "\"0\"",
                #"{"email":false,"reminders":true,"showNames":false,"quietHours":{"from":"25:00","to":"07:00"}}"#, 422,
                ["/quietHours/from format"]
            ),
        ] as [(String?, String, Int, Set<String>)])
    func refuses(match: String?, json: String, status: Int, errors: Set<String>) async throws {
        try await with { gateway, anna in
            var headers = ["Idempotency-Key": "k1"]
            if let match { headers["If-Match"] = match }
            let reply = try await gateway.send(.put, route, as: anna, json: json, headers: headers)
            #expect(reply.status == status && reply.errors == errors)
            let after = try await gateway.send(.get, route, as: anna)
            #expect(after.header("ETag")?.hasPrefix("\"0-") == true)
        }
    }

    @Test("What somebody was told comes in pages, the latest first")
    func pages() async throws {
        try await with { gateway, anna in
            for _ in 0..<3 {
                try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
                    let id = NoticeID.random()
                    try await tx.execute(
                        """
                        INSERT INTO consilium.notification (id, account_id, template)
                        VALUES (\(id), \(anna.caller.account), 'opinion_ready')
                        """)
                    try await tx.execute(
                        """
                        INSERT INTO consilium.delivery (notification_id, channel, state)
                        VALUES (\(id), 'email', 'sent')
                        """)
                }
            }
            let first = try await gateway.send(.get, "\(route)/deliveries?limit=2", as: anna)
            #expect(first.status == 200)
            let link = try #require(first.header("Link")?.firstMatch(of: /<(.*)>; rel="next"/)?.1)
            let rest = try await gateway.send(.get, String(link), as: anna)
            #expect(rest.status == 200 && rest.header("Link") == nil)
            #expect(first.text.components(of: "opinion_ready") == 2 && rest.text.components(of: "opinion_ready") == 1)
        }
    }

    @Test("A stranger gets nothing")
    func needsSignIn() async throws {
        try await with { gateway, _ in
            let (preferences, told) = try await (
                gateway.send(.get, route), gateway.send(.get, "\(route)/deliveries")
            )
            #expect(preferences.status == 401 && told.status == 401)
        }
    }
}

extension String {
    /// How often a word stands in it.
    fileprivate func components(of word: String) -> Int { ranges(of: word).count }
}
