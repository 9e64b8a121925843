import Clinic
import HTTPServer
package import JSON
import Matching

// What the OpenAPI document says of the fields of the directory and of the list of conditions.

extension SpecialistList: Described {
    static let notes: [String: FieldNote] = [
        "specialists": FieldNote("Ordered by name; the `Link` header leads to the next page")
    ]
}

extension SpecialistSummary: Described {
    package static let notes: [String: FieldNote] = [
        "id": FieldNote("The specialist's account; `GET /v1/specialists/{id}` has the whole entry"),
        "name": FieldNote("Their full name as the directory shows it"),
        "credentials": FieldNote("Their degrees, as MD, PhD"),
        "organisation": FieldNote("The organisation that they belong to"),
        "timeZone": FieldNote("The IANA time zone of their working hours, as America/New_York"),
        "taxonomyCodes": FieldNote(
            "Their specialties as codes of the NUCC's provider taxonomy, as 207RX0202X, the principal one first"),
        "languages": FieldNote("The languages that they speak, BCP 47, as en or es-MX"),
        "peerToPeer": FieldNote("Whether they consult with treating clinicians"),
        "accepting": FieldNote("Whether they take new cases now"),
    ]
}

extension Specialist: Described {
    package static let notes: [String: FieldNote] = [
        "id": FieldNote("The specialist's account"),
        "name": FieldNote("Their full name as the directory shows it"),
        "credentials": FieldNote("Their degrees, as MD, PhD"),
        "organisation": FieldNote("The organisation that they belong to"),
        "timeZone": FieldNote(
            "The IANA time zone of their working hours, as America/New_York; "
                + "`PUT /v1/specialists/{id}/availability` changes it"),
        "taxonomy": FieldNote("Their specialties by the NUCC's provider taxonomy, the principal one first"),
        "languages": FieldNote(
            "The languages that they speak, BCP 47, as en or es-MX; `PATCH /v1/specialists/{id}` changes them"),
        "peerToPeer": FieldNote("Whether they consult with treating clinicians"),
        "accepting": FieldNote("Whether they take new cases now; `PATCH /v1/specialists/{id}` changes it"),
        "weeklyCapacity": FieldNote(
            "The most new cases that they take within seven days; `PATCH /v1/specialists/{id}` changes it"),
        "licences": FieldNote(
            "Their verified licences by jurisdiction, expired ones too; a coordinator changes them by "
                + "`PUT /v1/specialists/{id}/licences`"),
        "conditions": FieldNote(
            "The conditions that they treat by their own account, the largest volume first; "
                + "`PUT /v1/specialists/{id}/conditions` changes them"),
        "version": FieldNote("Counts the changes of the entry; the `ETag` is it, and `If-Match` names it"),
    ]
}

extension Specialist.Affiliation: Described {
    package static let notes: [String: FieldNote] = [
        "name": FieldNote("The organisation's full name"), "city": FieldNote("The city that the organisation is in"),
        "jurisdiction": FieldNote("Where the organisation is, by ISO 3166-2, as US-OH"),
    ]
}

extension Specialist.Taxonomy: Described {
    package static let notes: [String: FieldNote] = [
        "code": FieldNote("A code of the NUCC's provider taxonomy, as 207RX0202X"),
        "name": FieldNote("What the taxonomy calls the code, in English; the code itself where it has no such code"),
    ]
}

extension SpecialistEdit: Described {
    package static let notes: [String: FieldNote] = [
        "languages": FieldNote("All languages that they speak, BCP 47, as en or es-MX; left out, they stay"),
        "accepting": FieldNote("Whether they take new cases; left out, it stays"),
        "weeklyCapacity": FieldNote("The most new cases that they take within seven days; left out, it stays"),
    ]
}

extension Licences: Described {
    static let notes: [String: FieldNote] = [
        "licences": FieldNote(
            "All licences of the specialist that were verified, one a jurisdiction; those not named here are removed")
    ]
}

extension Licence: Described {
    package static let notes: [String: FieldNote] = [
        "jurisdiction": FieldNote("Where the specialist may practise by it, by ISO 3166-2, as US-OH"),
        "number": FieldNote("The number that the licensing authority gave it"),
        "expiresOn": FieldNote("The last day on which it is valid"),
    ]
}

extension ConditionVolumes: Described {
    static let notes: [String: FieldNote] = [
        "conditions": FieldNote(
            "All conditions that the specialist names, no code twice; those not named here are removed")
    ]
}

extension ConditionVolume: Described {
    package static let notes: [String: FieldNote] = [
        "codePrefix": FieldNote(
            "An ICD-10-CM code or its beginning, with its dot, as C50 or C50.4: all conditions whose code begins so"),
        "yearlyVolume": FieldNote("How many people with such a condition the specialist sees in a year"),
    ]
}

extension ConditionList: Described {
    static let notes: [String: FieldNote] = [
        "conditions": FieldNote("What was found, the best match first; empty where nothing was")
    ]
}

extension Condition: Described {
    package static let notes: [String: FieldNote] = [
        "code": FieldNote("The ICD-10-CM code with its dot, as C50.412"),
        "title": FieldNote("The title that ICD-10-CM gives the code, in English"),
        "billable": FieldNote("Whether the code is specific enough for a bill; that of a category is not"),
    ]
}

extension Organisation: Described {
    package static let notes = [
        "id": FieldNote("What a proposal names"), "name": FieldNote("No two have the same"),
        "city": FieldNote("Where it is"), "jurisdiction": FieldNote("ISO 3166-2"),
        "retired": FieldNote("Whether no new specialist is proposed for it"),
        "version": FieldNote("Counts its changes; the `ETag` is it"),
    ]
}

extension OrganisationDraft: Described {
    package static let notes = [
        "name": FieldNote("One line that no other organisation has"),
        "city": FieldNote("Where it is, in one line"),
        "jurisdiction": FieldNote("Where it is, by ISO 3166-2, as US-OH"),
    ]
}

extension OrganisationEdit: Described {
    package static let notes = [
        "name": FieldNote("One line that no other organisation has"),
        "city": FieldNote("Where it is, in one line"),
        "jurisdiction": FieldNote("Where it is, by ISO 3166-2, as US-OH"),
        "retired": FieldNote("True: nobody new is proposed for it; false takes that back"),
    ]
}
