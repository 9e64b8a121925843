package import Clinic
package import FoundationEssentials
package import Postgres

/// A version of a text that patients are asked to agree to.
package struct ConsentWording: Codable, Sendable, Hashable {
    /// What a consent names, as `second_opinion.2026-01`.
    package var name: String
    package var kind: ConsentKind
    package var since: Date
    /// Whether patients can agree to it now.
    package var inForce: Bool
    package var texts: [ConsentText]

    package static let example = ConsentWording(
        name: "telehealth.2026-01", kind: .telehealth, since: ExampleValues.moment, inForce: true,
        texts: [ConsentText(language: "en", text: "I agree to meet the specialist by video. …")])
}

/// A wording in one language.
package struct ConsentText: Codable, Sendable, Hashable {
    /// BCP 47.
    package var language: String
    package var text: String
}

/// The texts that consents name. `consilium import` adds texts; none ever changes.
package enum ConsentWordings {
    /// All of them by kind, the latest first.
    package static func list(in tx: Transaction) async throws -> [ConsentWording] {
        var wordings: [ConsentWording] = []
        for row in try await tx.query(select) {
            let (name, kind, since, inForce, language, text) = try row.decode(
                String.self, ConsentKind.self, Date.self, Bool.self, String.self, String.self)
            if wordings.last?.name != name {
                wordings.append(ConsentWording(name: name, kind: kind, since: since, inForce: inForce, texts: []))
            }
            wordings[wordings.count - 1].texts.append(ConsentText(language: language, text: text))
        }
        return wordings
    }

    /// Returns a row if this wording of this kind is in force.
    static func inForce(_ name: String, _ kind: ConsentKind) -> SQL {
        "SELECT FROM consilium.consent_wording WHERE name = \(name) AND kind = \(kind) AND retired_at IS NULL"
    }

    private static let select: SQL = """
        SELECT w.name, w.kind, w.since, w.retired_at IS NULL, t.language, t.body
        FROM consilium.consent_wording w JOIN consilium.consent_text t ON t.wording = w.name
        ORDER BY w.kind, w.since DESC, w.name, t.language
        """
}
