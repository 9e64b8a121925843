package import Clinic
package import FoundationEssentials

/// The further specialists of a panel, by their ids, each once.
package struct Colleagues: Codable, Sendable, Hashable {
    package let ids: [AccountID]

    package init(_ ids: [AccountID]) { self.ids = Set(ids).sorted() }

    package init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode([AccountID].self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(ids)
    }
}

/// A specialist to be added to a case.
package struct ColleagueRequest: Codable, Sendable, Hashable {
    package let specialist: AccountID
}

/// A specialist who was added to a case beside its own. They can take part in its consults, and read what its specialist
/// reads.
package struct Colleague: Codable, Sendable, Hashable {
    package let specialist: AccountID
    package let since: Date
}

extension ColleagueRequest {
    package static let example = ColleagueRequest(specialist: ExampleValues.id(10, .consults))
}

extension Colleague {
    package static let example = Colleague(
        specialist: ColleagueRequest.example.specialist,
        since: ExampleValues.Consult.start.addingTimeInterval(-86_400))
}
