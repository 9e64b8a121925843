import ArgumentParser
import Clinic
import Foundation
import Identity
import Logging
import Matching
import Notifications
import Postgres
import Scheduling
import Vault
import Worker

extension Settings {
    /// The database, as the user whose rights the process needs and no more.
    func database(as user: DatabaseUser, conninfo: String? = nil) throws -> Database.Settings {
        let conninfo = try conninfo ?? text("database.conninfo")
        let settings = try Database.Settings(
            conninfo: conninfo, user: user.rawValue,
            connections: integer("database.connections", in: 1...200),
            waitDeadline: .milliseconds(integer("database.waitMilliseconds", in: 10...60000)),
            statementDeadline: .milliseconds(integer("database.statementMilliseconds", in: 100...600_000)))
        do {
            if try !boolean("database.trustsNetwork"),
                try settings.crossesNetworkUnverified(ProcessInfo.processInfo.environment)
            {
                throw SettingsError.malformed(
                    "database.conninfo",
                    "names a host on a network: add sslmode=verify-full and sslrootcert, or set database.trustsNetwork")
            }
        } catch is InvalidConninfo {
            throw SettingsError.malformed("database.conninfo", "is no connection string that libpq understands")
        }
        return settings
    }

    /// Runs a body with a database that is closed afterwards, whatever happened.
    func withDatabase<Value: Sendable>(
        as user: DatabaseUser, _ body: (Database) async throws -> Value
    ) async throws -> Value {
        try await Database.with(database(as: user), logger: logger(), body)
    }

    /// Works in one transaction as the owner. What a service refuses is told as a wrong option.
    /// - Throws: `ValidationError`.
    func withOwner<Value: Sendable>(
        as actor: Actor = .nobody, _ body: @Sendable (Transaction) async throws -> Value
    ) async throws -> Value {
        do {
            return try await withDatabase(as: .owner) { database in
                try await database.withTransaction(as: actor) { try await body($0) }
            }
        } catch let refusal as FieldRefusal {
            throw ValidationError("\(refusal.pointer.dropFirst()): \(refusal.detail)")
        } catch IdentityRefusal.emailTaken {
            throw ValidationError("email: has an account already")
        } catch IdentityRefusal.notFound {
            throw ValidationError("there is no such account to do this to")
        } catch MatchingRefusal.notFound {
            throw ValidationError("there is no such organisation")
        }
    }

    /// A logger to standard error at the set level and in the set form.
    func logger(_ label: String = "consilium") throws -> Logger {
        enum Format: String, CaseIterable { case text, json }
        let level: Logger.Level = try choice("log.level")
        let format: Format = try choice("log.format")
        return Logger(label: label) { label in
            switch format {
            case .json: return JSONLogHandler(label: label, logLevel: level)
            case .text:
                var handler = StreamLogHandler.standardError(label: label)
                handler.logLevel = level
                return handler
            }
        }
    }

    /// The rules of accounts and sign-in.
    func identity() throws -> IdentitySettings {
        try IdentitySettings(
            blocklist: PasswordBlocklist(contentsOf: URL(filePath: file("identity.blocklist"))),
            requireSecondFactorForStaff: boolean("identity.staffSecondFactor"))
    }

    /// How long an offer waits for its answer.
    func offersLast() throws -> Duration {
        try .seconds(3600 * integer("offers.hours", in: 1...720))
    }

    /// The video rooms that join links lead to.
    func rooms() async throws -> VideoRooms {
        try await VideoRooms(
            form: choice("join.form"), url: text("join.url"), app: text("join.app"),
            secret: Array(secret("join.secretFile", atLeast: 32).utf8))
    }

    /// What a worker is told.
    func worker() throws -> WorkerSettings {
        var worker = try WorkerSettings(checkpoints: appendable("worker.checkpoints"))
        worker.jobs = try integer("worker.jobs", in: 1...100)
        worker.offersLast = try offersLast()
        worker.allowsPrivateCalendars = try boolean("calendars.private")
        worker.calendarsEvery = .seconds(60 * (try integer("calendars.minutes", in: 1...1440)))
        return worker
    }

    /// What every mail has in common.
    func mail() throws -> MailSettings {
        do {
            return try MailSettings(sender: text("mail.from"), linkBase: text("mail.linkBase"))
        } catch let refusal as FieldRefusal {
            throw SettingsError.malformed("mail.\(refusal.pointer.dropFirst())", refusal.detail)
        }
    }

    /// How mails leave.
    func mailChannel() throws -> MailChannel {
        enum Channel: String, CaseIterable { case smtp, files }
        switch try choice("mail.channel") as Channel {
        case .files:
            let directory = try text("mail.directory")
            try? FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            guard FileManager.default.isWritableFile(atPath: directory) else {
                throw SettingsError.malformed("mail.directory", "names a folder that cannot be written")
            }
            return .files(directory)
        case .smtp:
            let host = try text("mail.host")
            guard !host.isEmpty else { throw SettingsError.missing("mail.host", "the channel smtp needs it") }
            let user = try text("mail.user")
            return try .smtp(
                SMTPSettings(
                    host: host, port: integer("mail.port", in: 1...65535), security: choice("mail.tls"),
                    login: user.isEmpty
                        ? nil : SMTPSettings.Login(user: user, password: secret("mail.passwordFile", atLeast: 1))))
        }
    }

    /// What a file named by a setting holds, without the line break at its end.
    ///
    /// - Throws: ``SettingsError`` when it cannot be read or is too short.
    func secret(_ name: String, atLeast length: Int) throws -> String {
        let text =
            try FileManager.default.contents(atPath: file(name)).map { String(decoding: $0, as: UTF8.self) } ?? ""
        let secret = text.trimmingCharacters(in: .newlines)
        guard secret.utf8.count >= length else {
            throw SettingsError.malformed(name, "names a file with less than \(length) bytes")
        }
        return secret
    }

    /// The vault over the keyring of this machine.
    func vault() throws -> Vault {
        let path = try text("keyring.path")
        do {
            return try Vault(Keyring.load(path))
        } catch let error as KeyringError {
            throw SettingsError.malformed("keyring.path", "\(error)")
        }
    }
}
