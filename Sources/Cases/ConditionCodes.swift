import Clinic
import Postgres

/// Looks up ICD-10-CM codes that `consilium import icd10cm` has loaded, and whether they are billable.
enum ConditionCodes {
    /// Refuses an unknown code. A category is allowed in a draft; submission needs a billable code.
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

    /// The condition that an intake states. Places count the parts other than questions, in their order.
    static func stated(in intake: Intake, in tx: Transaction) async throws -> StatedCondition {
        let parts = try await intake.read(in: tx).parts
        guard let place = parts.firstIndex(where: { $0.kind == .condition }) else { return .none }
        guard let code = parts[place].code, try await isBillable(code, in: tx) == true else {
            return .uncoded(place: place)
        }
        return .billable
    }

    /// Nil for an unknown code.
    private static func isBillable(_ code: String, in tx: Transaction) async throws -> Bool? {
        try await tx.first("SELECT c.billable FROM consilium.condition c WHERE c.code = \(code)")?.decode(Bool.self)
    }
}
