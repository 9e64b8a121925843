import Clinic
import Dispatch
import FoundationEssentials
import Rig
import Synchronization
import TestSupport
import Testing

@testable import Notifications

@Suite("A channel", .timeLimit(.minutes(10)))
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
        for mail in mails { try await channel.send(mail) {} }
        #expect(
            server.taken.map(\.content)
                == mails.map { String(decoding: $0.message, as: UTF8.self).replacing("\r\n", with: "\n") })
        #expect(server.taken.first?.sender.hasPrefix("MAIL FROM:<no-reply@consilium.example>") == true)
        #expect(server.taken.first?.recipient.hasPrefix("RCPT TO:<ada@example.org>") == true)
        #expect(server.connections == 1)
    }

    @Test(
        "A server's no is for good, for now or about us, as it says and where",
        arguments: [
            (.rcpt, "550 no such user", .refused("smtp_rcpt_550")),
            (.rcpt, "550 5.1.1 no such user", .refused("smtp_rcpt_550_5.1.1")),
            (.rcpt, "554 5.7.1 <x>: Relay access denied", .refusesUs("smtp_refuses_us:rcpt_554_5.7.1")),
            (.rcpt, "451 later", .transient("smtp_rcpt_451")),
            (
                .rcpt, "550 5.1.0 <a@c.example>: Sender address rejected: User unknown",
                .refusesUs("smtp_refuses_us:rcpt_550_5.1.0")
            ),
            (.content, "554 unreadable", .refused("smtp_content_554")),
            (.content, "554 spam", .refusesUs("smtp_refuses_us:content_554")),
            (.content, "550 5.7.1 your reputation", .refusesUs("smtp_refuses_us:content_550_5.7.1")),
            (.content, "452 full", .transient("smtp_content_452")),
            (.mail, "550 5.7.1 not permitted", .refusesUs("smtp_refuses_us:mail_550_5.7.1")),
            (.mail, "553 5.1.8 not you", .refusesUs("smtp_refuses_us:mail_553_5.1.8")),
            (.mail, "530 5.7.0 sign in first", .refusesUs("smtp_refuses_us:mail_530_5.7.0")),
            (.greeting, "554 5.3.2 no service here", .refusesUs("smtp_refuses_us:greeting_554")),
            (.greeting, "421 busy", .transient("smtp_greeting_421")),
        ] as [(SMTPStep, String, MailFailure)])
    func mapsRefusals(step: SMTPStep, reply: String, failure: MailFailure) async throws {
        let isOver = Atomic(false)
        func once(_ wanted: SMTPStep) -> @Sendable (Int) -> String? {
            { _ in wanted == step && !isOver.exchange(true, ordering: .relaxed) ? reply : nil }
        }
        var script = SMTPServer.Script()
        let greeting = once(.greeting)
        script.greeting = { greeting(0) }
        (script.toSender, script.toRecipient, script.toContent) = (once(.mail), once(.rcpt), once(.content))
        let server = try SMTPServer(script)
        defer { server.stop() }
        let channel = channel(server)
        let mail = try mail()
        await #expect(throws: failure) { try await channel.send(mail) {} }
        #expect(server.taken.isEmpty)
        // The channel is good for the next mail, over the same connection where that stands.
        try await channel.send(mail) {}
        #expect(server.taken.count == 1)
        #expect(server.connections == (step == .greeting ? 2 : 1))
    }

    @Test("What the last look throws keeps the mail back, and nothing of its message goes out")
    func looksLast() async throws {
        struct Overtaken: Error {}
        let server = try SMTPServer()
        defer { server.stop() }
        let channel = channel(server)
        let mail = try mail()
        await #expect(throws: Overtaken.self) { try await channel.send(mail) { throw Overtaken() } }
        // It is taken when the server waits for the message, after everything that a mail can wait for.
        #expect(server.commands.last == "DATA")
        try await channel.send(mail) {}
        #expect(server.taken.count == 1)
    }

    @Test("A server that hears QUIT and says nothing is left within two seconds", .timeLimit(.minutes(1)))
    func leaves() async throws {
        var script = SMTPServer.Script()
        script.answersQuit = false
        let server = try SMTPServer(script)
        defer { server.stop() }
        let channel = channel(server)
        try await channel.send(mail()) {}
        // curl by itself would wait for two minutes, longer than this test may.
        await channel.close()
        #expect(server.commands.last == "QUIT")
    }

    @Test("Who gives a mail up before its end leaves at once, and the server has nothing")
    func givesUpWhenAsked() async throws {
        let (reached, reach) = AsyncStream<Void>.makeStream()
        let gate = DispatchSemaphore(value: 0)
        var script = SMTPServer.Script()
        script.toRecipient = { _ in
            reach.finish()
            gate.waitAtMost()
            return nil
        }
        let server = try SMTPServer(script)
        defer {
            gate.signal()
            server.stop()
        }
        let channel = MailChannel.smtp(
            SMTPSettings(host: "127.0.0.1", port: server.port, security: .none, deadline: .seconds(3600)))
        let mail = try mail()
        let send = Task { try await channel.send(mail) {} }
        for await _ in reached {}
        send.cancel()
        await #expect(throws: CancellationError.self) { try await send.value }
        #expect(server.taken.isEmpty)
    }

    @Test("Nothing is said to a server without STARTTLS where that is required")
    func requiresSecurity() async throws {
        let server = try SMTPServer()
        defer { server.stop() }
        let mail = try mail()
        let login = SMTPSettings.Login(user: "u", password: "p")
        await #expect(throws: MailFailure.transient("smtp_tls")) {
            try await channel(server, security: .required, login: login).send(mail) {}
        }
        #expect(server.taken.isEmpty && !server.commands.contains { $0.hasPrefix("AUTH") || $0.hasPrefix("MAIL") })
        try await channel(server, security: .optional).send(mail) {}
        #expect(server.taken.count == 1)
    }

    @Test("It signs in, and a wrong password is the service's fault and not the mail's")
    func signsIn() async throws {
        var script = SMTPServer.Script()
        script.login = Data("\0user\0secret".utf8).base64EncodedString()
        let server = try SMTPServer(script)
        defer { server.stop() }
        let mail = try mail()
        try await channel(server, login: .init(user: "user", password: "secret")).send(mail) {}
        #expect(server.taken.count == 1)
        await #expect(throws: MailFailure.refusesUs("smtp_refuses_us:login_535")) {
            try await channel(server, login: .init(user: "user", password: "wrong")).send(mail) {}
        }
    }

    @Test("A server that is away, or gone between two mails, costs an attempt at most")
    func survivesAbsence() async throws {
        let mail = try mail()
        let gone = try SMTPServer()
        let channel = channel(gone)
        try await channel.send(mail) {}
        gone.stop()
        let away = MailChannel.smtp(SMTPSettings(host: "127.0.0.1", port: 1, security: .none))
        await #expect(throws: MailFailure.transient("smtp_unreachable")) { try await away.send(mail) {} }
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
        await #expect(throws: MailFailure.transient("smtp_timeout")) { try await channel.send(mail) {} }
        #expect(server.commands.isEmpty)
    }

    @Test("While servers take their time, other tasks and other mails go on")
    func doesNotBlock() async throws {
        // More sends than this machine has threads for tasks.
        let sends = 4 * ProcessInfo.processInfo.activeProcessorCount
        let (arrivals, arrive) = AsyncStream<Void>.makeStream()
        let gate = DispatchSemaphore(value: 0)
        var script = SMTPServer.Script()
        script.toContent = { _ in
            arrive.yield()
            gate.waitAtMost()
            return nil
        }
        let server = try SMTPServer(script)
        defer { server.stop() }
        let mail = try mail()
        let channel = MailChannel.smtp(
            SMTPSettings(host: "127.0.0.1", port: server.port, security: .none, deadline: .seconds(600)))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<sends { group.addTask { try await channel.send(mail) {} } }
            group.addTask {
                // None waits for another: the server has them all before it takes the first.
                var arrived = arrivals.makeAsyncIterator()
                for _ in 0..<sends { await arrived.next() }
                for _ in 0..<sends { gate.signal() }
            }
            try await group.waitForAll()
        }
        #expect(server.taken.count == sends && server.connections == sends)
    }

    @Test("A folder gets each mail whole, once, for its owner alone")
    func writesFiles() async throws {
        let folder = "/tmp/mail-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let mail = try mail()
        let channel = MailChannel.files(folder)
        try await channel.send(mail) {}
        try await channel.send(mail) {}
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["\(mail.id).eml"])
        let text = String(decoding: try Data(contentsOf: URL(filePath: "\(folder)/\(mail.id).eml")), as: UTF8.self)
        #expect(text == String(decoding: mail.message, as: UTF8.self).replacing("\r\n", with: "\n"))
        await #expect(throws: MailFailure.transient("mail_directory")) {
            try await MailChannel.files("\(folder)/none").send(mail) {}
        }
    }
}
