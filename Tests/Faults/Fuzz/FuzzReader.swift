import ArgumentParser
import Clinic
import Foundation
import Gateway
import HTTPServer
import ICalendar
import Identity
import JSON
import Notifications
import Rig
import Scheduling
import ServiceAPI
import TypedText

/// The readers of what strangers send that are called as they stand, each in a process of its own.
enum FuzzReader: String, ExpressibleByArgument, CaseIterable, Sendable {
    /// A foreign calendar, to its events.
    case calendar
    /// One that could be read, to busy times, in a database.
    case expansion
    /// JSON, and what it is read as.
    case json
    /// Texts of one word: addresses, dates, rules, zones.
    case words
    /// The address of a feed, typed or redirected to, to the request of the HTTP client.
    case url
    /// What a calendar's server answers.
    case answer
    /// The control: it has a trap of its own, as the HTTP client has one.
    case planted

    static let readers = allCases.filter { $0 != .planted }

    var mutator: Mutator {
        switch self {
        case .calendar, .expansion: Mutator(Corpus.calendars, words: Corpus.calendarWords)
        case .json: Mutator(Corpus.bodies, words: Corpus.jsonWords)
        case .words: Mutator(Corpus.words, words: Corpus.wordWords, most: 2000)
        case .url, .planted: Mutator(Corpus.urls, words: Corpus.urlWords, most: 2000)
        case .answer: Mutator(Corpus.answers, words: Corpus.answerWords)
        }
    }
}

/// What a reader did that it must not, without ending its process.
struct FuzzFault: Error, CustomStringConvertible {
    let description: String
}

extension FuzzReader {
    /// Reads what needs nothing else.
    func read(_ input: [UInt8]) throws {
        switch self {
        case .calendar: _ = try? CalendarReader.read(input, of: ["ines@example.org"])
        case .json: try readJSON(input)
        case .words: try readWords(String(decoding: input, as: UTF8.self))
        case .planted:
            // As NIO's SocketAddress does with a port.
            let digits = String(decoding: input, as: UTF8.self).split { !$0.isASCII || !$0.isNumber }
            for number in digits.compactMap({ Int($0) }) { _ = UInt16(number) }
        case .expansion, .url, .answer: break
        }
    }

    private func readJSON(_ input: [UInt8]) throws {
        guard let (value, _) = try? JSONParser.parse(input) else { return }
        guard try JSONParser.parse(value.bytes).value == value else {
            throw FuzzFault(description: "JSON is read as another value once it is written")
        }
        _ = try? JSONBody.decode(Availability.self, from: input)
        _ = try? JSONBody.decode(TimeOffRequest.self, from: input)
        _ = try? JSONBody.decode(VisitPolicy.self, from: input)
        _ = try? JSONBody.decode(Profile.self, from: input)
        _ = try? JSONBody.decode([String: Double].self, from: input)
        _ = try? JSONBody.decode([UInt8].self, from: input)
    }

    private func readWords(_ text: String) throws {
        if let address = try? EmailAddress(text) {
            guard try EmailAddress(address.text) == address else {
                throw FuzzFault(description: "an address is another once it is read again")
            }
            _ = MailAddress(address.text)?.domain
        }
        _ = MailAddress(text)?.domain
        if let tag = LanguageTag(text), LanguageTag(tag.text) != tag {
            throw FuzzFault(description: "a language is another once it is read again")
        }
        if let place = Jurisdiction(rawValue: text), Jurisdiction(rawValue: place.rawValue) != place {
            throw FuzzFault(description: "a place is another once it is read again")
        }
        guard text.searchFolded.searchFolded == text.searchFolded else {
            throw FuzzFault(description: "a folded text folds to another")
        }
        _ = CivilDate(rawValue: text)?.adding(days: 400_000)
        _ = LocalTime(text)?.description
        _ = AccountID(text)?.description
        _ = RFC3339.parse(text).map(RFC3339.format)
        _ = CalendarDateTime(text, zone: .floating)
        _ = WindowsZone.iana(text)
        _ = PasswordHash(text)?.text
        _ = IPAddress(text)?.isPublic
        guard let rule = try? RecurrenceRule(text), let start = CivilDate(rawValue: "2026-01-31"),
            let end = start.adding(days: 800), let recurrence = try? Recurrence(rule, from: start)
        else { return }
        _ = try? recurrence.dates(in: start...end)
    }
}
