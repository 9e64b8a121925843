import Clinic
import Foundation
import Rig
import Synchronization
import TestSupport
import Testing

@testable import Notifications

private func fuzzSetting(_ name: String) -> Int? {
    ProcessInfo.processInfo.environment[name].flatMap { Int($0) }
}

private let fuzzSeconds = fuzzSetting("CONSILIUM_FUZZ_SECONDS") ?? 10

/// What mail servers say is input from outside. `CONSILIUM_FUZZ_SECONDS` says for how long they talk nonsense here,
/// `CONSILIUM_FUZZ_SEED` which.
@Suite(
    "Whatever a mail server says, it ends no process and holds no mail for ever",
    .timeLimit(.minutes(5 + fuzzSeconds / 60)))
struct HostileServerTests {
    private static let seed = UInt64(fuzzSetting("CONSILIUM_FUZZ_SEED") ?? 1)

    private struct Tally {
        var taken = 0
        var refused = 0
        var refusesUs = 0
        var transient: [String: Int] = [:]

        mutating func count(_ failure: MailFailure) {
            let word: String
            switch failure {
            case .transient(let said):
                transient[said, default: 0] += 1
                word = said
            case .refused(let said):
                refused += 1
                word = said
            case .refusesUs(let said):
                refusesUs += 1
                word = said
            }
            #expect(word.wholeMatch(of: /[a-z][a-z0-9_.:-]{0,63}/) != nil, "the table takes no \(word)")
        }

        /// Whether a mail met every end that there is.
        var isEverywhere: Bool {
            taken > 0 && refused > 0 && refusesUs > 0
                && ["smtp_broken", "smtp_timeout"].allSatisfy { transient[$0, default: 0] > 0 }
        }
    }

    private final class Met: Sendable {
        let tally = Mutex(Tally())
    }

    @Test("A mail is taken, or has failed in a way that has a word")
    func dialogues() async throws {
        let server = try HostileServer(seed: Self.seed)
        defer { server.stop() }
        let mail = try Mail(
            Draft(
                id: .random(), recipient: try #require(MailAddress("ada@example.org")), subject: "Hello",
                paragraphs: ["Hello"], date: "Sun, 22 Nov 2026 16:21:42 +0000"),
            MailSettings(sender: "no-reply@consilium.example", linkBase: "https://c.example"))
        var settings = SMTPSettings(
            host: "127.0.0.1", port: server.port, security: .none, deadline: .milliseconds(200))
        (settings.acceptDeadline, settings.quitDeadline) = (.milliseconds(200), .milliseconds(50))
        let end = ContinuousClock.now + .seconds(fuzzSeconds)
        // On a busy machine most of what begins in that time runs into its deadline.
        let last = end + .seconds(120)
        let all = Met()
        let channels = (0..<8).map { _ in MailChannel.smtp(settings) }
        try await withThrowingDiscardingTaskGroup { group in
            for channel in channels {
                group.addTask {
                    while ContinuousClock.now < end
                        || ContinuousClock.now < last && !all.tally.withLock({ $0.isEverywhere })
                    {
                        do {
                            try await withLimit(.seconds(60)) { try await channel.send(mail) {} }
                            all.tally.withLock { $0.taken += 1 }
                        } catch let failure as MailFailure {
                            all.tally.withLock { $0.count(failure) }
                        }
                    }
                    await channel.close()
                }
            }
        }
        let met = all.tally.withLock { $0 }
        print(
            "\(server.connections) connections, seed \(Self.seed): \(met.taken) mails taken, \(met.refused) and "
                + "\(met.refusesUs) refused, \(met.transient.values.reduce(0, +)) failed for now")
        #expect(met.isEverywhere)
    }

    @Test("Of any bytes a reader makes replies of bounded size, or says that they are none")
    func bytes() {
        var generator = SeededGenerator(seed: Self.seed)
        let end = ContinuousClock.now + .seconds(min(fuzzSeconds, 3600) / 5 + 1)
        let alphabet = Array("2345-. #abZ0\r\n\0".utf8) + [0x7f, 0x80, 0xff]
        var (replies, malformed) = (0, 0)
        while ContinuousClock.now < end {
            var reader = SMTPReplyReader()
            do {
                var begin = Array(generator.pick(["250", "550 5.1.1 x", "250-", "421 ", ""]).utf8)
                begin += (0..<Int.random(in: 0...5000, using: &generator)).map { _ in generator.pick(alphabet) }
                for byte in begin {
                    guard let reply = try reader.take(byte) else { continue }
                    replies += 1
                    if !(200...599).contains(reply.code) || reply.text.utf8.count > 3 * 512 {
                        Issue.record("\(reply)")
                        return
                    }
                    _ = SMTPRefusal(step: .rcpt, reply: reply).failure
                }
            } catch {
                malformed += 1
            }
        }
        #expect(replies > 0 && malformed > 0)
    }
}
