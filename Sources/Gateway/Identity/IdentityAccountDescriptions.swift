import Clinic
import HTTPServer
import Identity
package import JSON

// What the OpenAPI document says of accounts, of caregivers, and of the people of a case.

extension Profile: Described {
    package static let notes = [
        "id": FieldNote("Your account's id: other people's data name you by it"),
        "email": FieldNote("The address that you sign in with and are mailed at; `POST /v1/me/email` changes it"),
        "name": FieldNote("Your name, as on an identity card"),
        "birthDate": FieldNote("Your date of birth, as 1961-04-02"),
        "sex": FieldNote("The sex that your care goes by; absent until you have said it, and needed to submit a case"),
        "phone": FieldNote("Your telephone number; absent where you gave none"),
        "address": FieldNote("Your postal address; absent where you gave none"),
        "jurisdiction": FieldNote(
            "Where you live, by ISO 3166-2, as US-OH: it decides which specialists are licensed for you"),
        "language": FieldNote("The language in which you are written to, as a BCP 47 tag, as en or es-MX"),
        "timeZone": FieldNote("The time zone in which you live, by its IANA name, as America/New_York"),
        "roles": FieldNote("What you are to the programme; what you may do in a case follows from your part in it"),
        "secondFactor": FieldNote("Whether signing in asks for a code besides the password"),
        "version": FieldNote("Rises with every change; `PATCH /v1/me` takes the `ETag` of this read as `If-Match`"),
    ]
}

extension AccountClosing: Described {
    package static let notes = [
        "erase": FieldNote(
            "True destroys your name, address and contact as well, for good; they are kept when it is left out")
    ]
}

extension AddressChange: Described {
    static let notes = [
        "email": FieldNote("The new address; a link that confirms it is mailed there, and nothing changes before"),
        "password": FieldNote("Your present password, which proves that it is you who asks"),
    ]
}

extension EmailOnly: Described {
    static let notes = [
        "email": FieldNote("The e-mail address of the account; upper and lower case make no difference")
    ]
}

extension AccountSummary: Described {
    package static let notes = [
        "account": FieldNote("The account's id, as in the path `/v1/accounts/{id}/close`"),
        "roles": FieldNote(
            "What its owner is to the programme; `DELETE /v1/accounts/{id}/roles/{role}` takes one back"),
        "secondFactor": FieldNote("Whether signing in to it asks for a code besides the password"),
    ]
}

extension CaregiverGrant: Described {
    package static let notes = [
        "id": FieldNote("The grant's id, as in the path `/v1/me/caregivers/{id}`"),
        "kind": FieldNote("`grant`: the patient lets them act; `guardian`: they are responsible for a minor"),
        "state": FieldNote("`invited` until the invitation is accepted, then `active`; an ended grant is not shown"),
        "patient": FieldNote("The account of the patient for whom the caregiver acts"),
        "caregiver": FieldNote("The account of the caregiver; absent until they have accepted"),
        "email": FieldNote("The address that was invited; only the patient sees it"),
        "createdAt": FieldNote("When the patient sent the invitation"),
        "expiresAt": FieldNote("Until when the invitation can be accepted; an active grant lasts until it is ended"),
    ]
}

extension CaregiverInvitation: Described {
    package static let notes = [
        "email": FieldNote("Where the invitation is mailed to: only an account with this address can accept it"),
        "kind": FieldNote("`grant`: you let them act for you; `guardian`: they are responsible for you as a minor"),
    ]
}

extension CaregiverList: Described {
    static let notes = [
        "caregivers": FieldNote(
            "Your active grants and open invitations, as patient and as caregiver, the latest first")
    ]
}

extension CasePeopleList: Described {
    package static let notes = [
        "people": FieldNote("Everybody who takes part now and whom your part lets you know of, the patient first")
    ]
}

extension CasePerson: Described {
    package static let notes = [
        "id": FieldNote("Their account's id, as other data of the case names them"),
        "part": FieldNote("What they are in the case"),
        "name": FieldNote(
            "Absent for a candidate, and for a caregiver where you are a clinician who does not read the case"),
        "age": FieldNote("The patient's, in whole years today; absent for others, and where you do not read the case"),
        "sex": FieldNote(
            "The sex that the patient's care goes by; absent as `age` is, and until the patient has said it"),
        "contact": FieldNote("Your own, and the patient's where you are a coordinator of the case; absent for others"),
    ]
}

extension ContactDetails: Described {
    package static let notes = [
        "email": FieldNote("The e-mail address of their account"),
        "phone": FieldNote("Their telephone number; absent where they gave none"),
        "address": FieldNote("Their postal address; absent where they gave none"),
    ]
}

extension SignUpRequest: Described {
    package static let notes = [
        "email": FieldNote(
            "Where the confirmation is mailed to, in ASCII; a domain beyond it by its A-labels, as xn--bcher-kva.example"
        ),
        "name": FieldNote("As on an identity card, in one line"),
        "birthDate": FieldNote("Must not lie in the future"),
        "sex": FieldNote("The sex that your care goes by; without it a case is not submitted"),
        "phone": FieldNote("For the coordinators of your cases, in one line"),
        "address": FieldNote("For the coordinators of your cases"),
        "jurisdiction": FieldNote(
            "Where you live, by ISO 3166-2: it decides which specialists may see you. US-PR is kept as PR"),
        "language": FieldNote("BCP 47, as en or es-MX; it is kept in its canonical form, as es for spa"),
        "timeZone": FieldNote("Your IANA zone, as America/New_York: it must be one that tzdata knows"),
    ]
}

extension ProfileChange: Described {
    package static let notes = [
        "name": FieldNote("As on an identity card, in one line"),
        "birthDate": FieldNote("Must not lie in the future"),
        "sex": FieldNote("The sex that your care goes by; without it a case is not submitted"),
        "phone": FieldNote("An empty text removes it"), "address": FieldNote("An empty text removes it"),
        "jurisdiction": FieldNote("Where you live, by ISO 3166-2: it decides which specialists may see you"),
        "language": FieldNote("In which you are written to: BCP 47, as en or es-MX"),
        "timeZone": FieldNote("Your IANA zone, as America/New_York: it must be one that tzdata knows"),
    ]
}

extension DirectoryEntry: Described {
    package static let notes = [
        "name": FieldNote("As the directory is to show it, in one line"),
        "credentials": FieldNote("As MD, PhD, in one line"),
        "organisation": FieldNote("An organisation that is not retired (`GET /v1/organisations`)"),
        "timeZone": FieldNote("The IANA zone of their working hours"),
        "taxonomyCodes": FieldNote("Codes of the NUCC's provider taxonomy, the principal one first"),
        "languages": FieldNote("BCP 47; the mail is written in the first where there are words in it"),
        "peerToPeer": FieldNote("Whether they consult with treating clinicians"),
        "weeklyCapacity": FieldNote("New cases a week"),
    ]
}

extension SpecialistProposalDraft: Described {
    package static let notes = [
        "email": FieldNote("Where the invitation goes: whoever reads there can become the specialist"),
        "entry": FieldNote("What the directory says of them once they have joined"),
    ]
}

extension SpecialistProposal: Described {
    package static let notes = [
        "id": FieldNote("Names the proposal"), "state": FieldNote("How far it has come"),
        "email": FieldNote("Where the invitation goes; absent once it is over, and where no key opens it any more"),
        "entry": FieldNote("What the directory says of them once they have joined"),
        "proposedBy": FieldNote("Absent where the owner's command proposed"), "proposedAt": FieldNote("When"),
        "approvedBy": FieldNote("Another operator"), "approvedAt": FieldNote("When"),
        "expiresAt": FieldNote("Until when it can be approved, and then until when it can be accepted"),
        "specialist": FieldNote("The account that accepted"),
    ]
}
