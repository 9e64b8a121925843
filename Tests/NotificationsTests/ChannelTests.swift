import Clinic
import Dispatch
import FoundationEssentials
import Rig
import Testing

@testable import Notifications

@Suite("A channel")
struct ChannelTests {
    private func mail(_ text: String = "Hello") throws -> Mail {
        try Mail(
            Draft(
                id: .random(), recipient: try #require(MailAddress("ada@example.org")), subject: "Hello",
                paragraphs: [text], unsubscribe: nil, date: "Sun, 22 Nov 2026 16:21:42 +0000"),
            MailSettings(sender: "Consilium <no-reply@consilium.example>", linkBase: "https://c.example"))
    }

    private func channel(
        _ server: SMTPServer, security: SMTPSettings.Security = .none, login: SMTPSettings.Login? = nil
    ) -> MailChannel {
        .smtp(SMTPSettings(host: "127.0.0.1", port: server.port, security: security, login: login))
    }

    @Test("A server gets the message as it is, many over one connection")
    func sends() async throws {
        let server = try SMTPServer()
        defer { server.stop() }
        let channel = channel(server)
        let mails = try (0..<20).map { try mail("Number \($0)\n.\n..a line that begins with a point") }
        for mail in mails { try await channel.send(mail) }
        #expect(
            server.taken.map(\.content)
                == mails.map { String(decoding: $0.message, as: UTF8.self).replacing("\r\n", with: "\n") })
        #expect(server.taken.first?.sender.hasPrefix("MAIL FROM:<no-reply@consilium.example>") == true)
        #expect(server.taken.first?.recipient.hasPrefix("RCPT TO:<ada@example.org>") == true)
        #expect(server.connections == 1)
    }

    @Test(
        "A server's no is for good or for now, as it says",
        arguments: [
            ("550 no such user", nil, MailFailure.refused("smtp_550")),
            ("451 later", nil, .transient("smtp_451")),
            (nil, "554 spam", .refused("smtp_554")),
            (nil, "452 full", .transient("smtp_452")),
            ("530 sign in first", nil, .transient("smtp_530")),
        ] as [(String?, String?, MailFailure)])
    func mapsRefusals(toRecipient: String?, toContent: String?, failure: MailFailure) async throws {
        var script = SMTPServer.Script()
        script.toRecipient = { $0 == 0 ? toRecipient : nil }
        script.toContent = { $0 == 0 ? toContent : nil }
        let server = try SMTPServer(script)
        defer { server.stop() }
        let channel = channel(server)
        let mail = try mail()
        await #expect(throws: failure) { try await channel.send(mail) }
        #expect(server.taken.isEmpty)
        // The handle is good for the next mail.
        try await channel.send(mail)
        #expect(server.taken.count == 1)
    }

    @Test("Nothing is said to a server without STARTTLS where that is required")
    func requiresSecurity() async throws {
        let server = try SMTPServer()
        defer { server.stop() }
        let mail = try mail()
        let login = SMTPSettings.Login(user: "u", password: "p")
        await #expect(throws: MailFailure.transient("smtp_tls")) {
            try await channel(server, security: .required, login: login).send(mail)
        }
        #expect(server.taken.isEmpty && !server.commands.contains { $0.hasPrefix("AUTH") || $0.hasPrefix("MAIL") })
        try await channel(server, security: .optional).send(mail)
        #expect(server.taken.count == 1)
    }

    @Test("It signs in, and a wrong password is the house's fault and not the mail's")
    func signsIn() async throws {
        var script = SMTPServer.Script()
        script.login = Data("\0user\0secret".utf8).base64EncodedString()
        let server = try SMTPServer(script)
        defer { server.stop() }
        let mail = try mail()
        try await channel(server, login: .init(user: "user", password: "secret")).send(mail)
        #expect(server.taken.count == 1)
        await #expect(throws: MailFailure.transient("smtp_login")) {
            try await channel(server, login: .init(user: "user", password: "wrong")).send(mail)
        }
    }

    @Test("A server that is away, or gone between two mails, costs an attempt at most")
    func survivesAbsence() async throws {
        let mail = try mail()
        let gone = try SMTPServer()
        let channel = channel(gone)
        try await channel.send(mail)
        gone.stop()
        let away = MailChannel.smtp(SMTPSettings(host: "127.0.0.1", port: 1, security: .none))
        await #expect(throws: MailFailure.transient("smtp_unreachable")) { try await away.send(mail) }
    }

    @Test("A server that says nothing is given up after the deadline")
    func givesUp() async throws {
        var script = SMTPServer.Script()
        script.isMute = true
        let server = try SMTPServer(script)
        defer { server.stop() }
        let channel = MailChannel.smtp(
            SMTPSettings(host: "127.0.0.1", port: server.port, security: .none, deadline: .seconds(1)))
        let mail = try mail()
        let start = ContinuousClock.now
        await #expect(throws: MailFailure.transient("smtp_timeout")) { try await channel.send(mail) }
        #expect(ContinuousClock.now - start >= .seconds(1))
    }

    @Test("While servers take their time, other tasks go on")
    func doesNotBlock() async throws {
        let gate = DispatchSemaphore(value: 0)
        var script = SMTPServer.Script()
        script.toContent = { _ in
            gate.wait()
            gate.signal()
            return nil
        }
        let server = try SMTPServer(script)
        defer { server.stop() }
        let mail = try mail()
        let channel = MailChannel.smtp(
            SMTPSettings(host: "127.0.0.1", port: server.port, security: .none, deadline: .seconds(60)))
        // More sends than this machine has threads for tasks: if they held those, nobody would open the gate.
        let sends = 4 * ProcessInfo.processInfo.activeProcessorCount
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<sends { group.addTask { try await channel.send(mail) } }
            group.addTask {
                for _ in 0..<10 { await Task.yield() }
                gate.signal()
            }
            try await group.waitForAll()
        }
        #expect(server.taken.count == sends)
    }

    @Test("A folder gets each mail whole, once, for its owner alone")
    func writesFiles() async throws {
        let folder = "/tmp/mail-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let mail = try mail()
        let channel = MailChannel.files(folder)
        try await channel.send(mail)
        try await channel.send(mail)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["\(mail.id).eml"])
        let text = String(decoding: try Data(contentsOf: URL(filePath: "\(folder)/\(mail.id).eml")), as: UTF8.self)
        #expect(text == String(decoding: mail.message, as: UTF8.self).replacing("\r\n", with: "\n"))
        await #expect(throws: MailFailure.transient("mail_directory")) {
            try await MailChannel.files("\(folder)/none").send(mail)
        }
    }
}
