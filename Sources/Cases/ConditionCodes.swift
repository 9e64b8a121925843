import Clinic
import Postgres

/// Which ICD-10-CM codes there are, and which are fine enough: what `consilium import icd10cm` has loaded.
enum ConditionCodes {
    /// Refuses a code that there is not, where it is typed. A category may stand in a draft; submitting asks for more.
    static func check(_ intake: [IntakePartDraft], in tx: Transaction) async throws {
        for (place, part) in intake.enumerated() {
            guard let code = part.code else { continue }
            guard try await isBillable(code, in: tx) != nil else {
                throw FieldRefusal(
                    "/intake/\(place)/code", rule: "unknown",
                    "must be a code of ICD-10-CM: POST /v1/conditions/search finds it by words")
            }
        }
    }

    /// What an intake says the condition is. Places count the parts that are no question, as they were written.
    static func stated(in intake: Intake, in tx: Transaction) async throws -> StatedCondition {
        let parts = try await intake.read(in: tx).parts
        guard let place = parts.firstIndex(where: { $0.kind == .condition }) else { return .none }
        guard let code = parts[place].code, try await isBillable(code, in: tx) == true else {
            return .uncoded(place: place)
        }
        return .billable
    }

    /// Nil for a code that there is not.
    private static func isBillable(_ code: String, in tx: Transaction) async throws -> Bool? {
        try await tx.first("SELECT c.billable FROM consilium.condition c WHERE c.code = \(code)")?.decode(Bool.self)
    }
}
