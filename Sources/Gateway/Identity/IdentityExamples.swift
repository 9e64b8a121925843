import Clinic
import FoundationEssentials
import HTTPServer
import Identity
package import JSON

// What the OpenAPI document shows of accounts: invented, and with every optional field there.

private func exampleID<Tag>(_ last: String) -> ID<Tag> { ID("0192f0c1-7d2e-7a41-9c3b-5f1de0a7b8\(last)") ?? .random() }

private let instant = Date(timeIntervalSince1970: 1_795_000_000)
private let later = Date(timeIntervalSince1970: 1_795_604_800)

private let anyBirthDate: CivilDate = {
    guard let date = CivilDate(rawValue: "1961-04-02") else { preconditionFailure("a date that exists") }
    return date
}()

private let ohio: Jurisdiction = {
    guard let place = Jurisdiction(rawValue: "US-OH") else { preconditionFailure("a jurisdiction's form") }
    return place
}()

extension SignUpRequest: Described {
    static let example = SignUpRequest(
        email: "maria.lopez@example.org", name: "Maria Lopez", birthDate: anyBirthDate, sex: .female,
        phone: "+1 216 555 0100", address: "1 Lake Street, Cleveland, OH", jurisdiction: ohio, language: "en",
        timeZone: "America/New_York")

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

extension SignInRequest: Described {
    static let example = SignInRequest(
        email: "maria.lopez@example.org", password: "violet harbour candle", code: "287082",
        device: "Yt4nQ8sVb2XkLw6Rj0Gc9Hf3Mz7Pd1UaEe5TiOoCxNs", link: "mN3kq0u5Y7xTQ2b8ZrVw1LdJ4sHcF6gPaEoXiB9nKtU")

    package static let notes = [
        "email": FieldNote("The address that was confirmed"),
        "password": FieldNote("As it was chosen"),
        "code": FieldNote("Where a second factor is on: its six digits, or a recovery code"),
        "device": FieldNote("What the last sign-in on this device was answered as `device`"),
        "link": FieldNote("After `device-unknown`: the secret that the mail's link carries"),
    ]
}

extension SignedIn {
    static let example = SignedIn(
        token: "wq8Jz1Rk5TnYb3XvLc7Hd0Gs2Pf6MaEu9QiOxKtBjZ4", session: exampleID("01"), account: exampleID("02"),
        roles: [.patient], secondFactor: true, expiresAt: later, idleSeconds: 43_200,
        device: "Yt4nQ8sVb2XkLw6Rj0Gc9Hf3Mz7Pd1UaEe5TiOoCxNs")
}

extension Proof: Described {
    static let example = Proof(password: SignInRequest.example.password, code: SignInRequest.example.code)

    package static let notes = [
        "password": FieldNote("Needed where no `code` is given"),
        "code": FieldNote("Where a second factor is on: its six digits, or a recovery code"),
    ]
}

extension ProofTaken {
    static let example = ProofTaken(provedUntil: later)
}

extension SessionEntry {
    static let example = SessionEntry(
        id: exampleID("01"), createdAt: instant, seenAt: instant, expiresAt: later, secondFactor: true, current: true)
}

extension Profile {
    static let example = Profile(
        id: exampleID("02"), email: "maria.lopez@example.org", name: "Maria Lopez", birthDate: anyBirthDate,
        sex: .female, phone: "+1 216 555 0100", address: "1 Lake Street, Cleveland, OH", jurisdiction: ohio,
        language: "en",
        timeZone: "America/New_York", roles: [.patient], secondFactor: false, version: 1)

    static let changed = with(example) {
        $0.phone = ProfileChange.example.phone
        $0.address = nil
        $0.language = "es-MX"
        $0.version = 2
    }
}

extension ProfileChange: Described {
    static let example = ProfileChange(
        name: "Maria Lopez", birthDate: anyBirthDate, sex: .female, phone: "+1 216 555 0101", address: "",
        jurisdiction: ohio,
        language: "es-MX", timeZone: "America/New_York")

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

extension AccountSummary {
    static let example = AccountSummary(account: exampleID("02"), roles: [.patient], secondFactor: true)
}

extension FactorRecovery {
    static let proposed = FactorRecovery(
        id: exampleID("07"), account: exampleID("02"), state: .proposed, proposedBy: exampleID("08"),
        proposedAt: instant,
        expiresAt: later, decidedBy: nil, decidedAt: nil)

    static let approved = with(proposed) {
        $0.state = .approved
        $0.decidedBy = exampleID("09")
        $0.decidedAt = later
    }
}

extension DirectoryEntry: Described {
    static let example = DirectoryEntry(
        name: "Amara Nwachukwu-Bell", credentials: "MD", organisation: exampleID("0a"), timeZone: "America/New_York",
        taxonomyCodes: ["207RH0003X"], languages: ["en", "es"], peerToPeer: true, weeklyCapacity: 4)

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
    static let example = SpecialistProposalDraft(email: "new.specialist@example.org", entry: .example)

    package static let notes = [
        "email": FieldNote("Where the invitation goes: whoever reads there can become the specialist"),
        "entry": FieldNote("What the directory says of them once they have joined"),
    ]
}

extension SpecialistProposal: Described {
    static let proposed = SpecialistProposal(
        id: exampleID("0b"), state: .proposed, email: SpecialistProposalDraft.example.email, entry: .example,
        proposedBy: exampleID("08"), proposedAt: instant, approvedBy: nil, approvedAt: nil, expiresAt: later,
        specialist: nil)

    static let approved = with(proposed) {
        $0.state = .approved
        $0.approvedBy = exampleID("09")
        $0.approvedAt = instant
    }

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

extension SecondFactorSecret {
    static let example = SecondFactorSecret(
        secret: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
        uri: "otpauth://totp/Consilium%3Amaria.lopez%40example.org"
            + "?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Consilium")
}

extension RecoveryCodeList {
    static let example = RecoveryCodeList(recoveryCodes: ["mfrgg-zdfmz", "tqojq-gezdg"])
}

extension CaregiverGrant {
    static let example = CaregiverGrant(
        id: exampleID("03"), kind: .grant, state: .active, patient: exampleID("02"), caregiver: exampleID("04"),
        email: "ana.lopez@example.org", createdAt: instant, expiresAt: later)

    static let invited = with(example) {
        $0.state = .invited
        $0.caregiver = nil
    }

    /// As the caregiver reads it: the address is the patient's to know.
    static let accepted = with(example) { $0.email = nil }
}

extension AccountLogPage {
    static let example = AccountLogPage(
        entries: [
            AccountLogEntry(
                seq: 42, at: instant, action: "sign_in.created:opened", actor: exampleID("02"),
                subject: (exampleID("01") as SessionID).rawValue, address: "203.0.113.7",
                device: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
        ], next: "42")
}

extension CasePeopleList {
    static let example = CasePeopleList(
        people: [
            CasePerson(
                id: exampleID("02"), part: .patient, name: "Maria Lopez", age: 65, sex: .female,
                contact: ContactDetails(
                    email: "maria.lopez@example.org", phone: "+1 216 555 0100", address: "1 Lake Street, Cleveland, OH")
            ),
            CasePerson(
                id: exampleID("08"), part: .coordinator, name: "Ines Duarte", age: nil, sex: nil, contact: nil),
        ])
}

extension AccessLogPage {
    static let example = AccessLogPage(
        entries: [
            AccessEntry(
                seq: 42, at: instant,
                actor: Accessor(id: exampleID("05"), name: "Amara Nwachukwu-Bell", part: .specialist),
                action: "read.record", subject: (exampleID("06") as RecordID).rawValue, items: 1)
        ], next: "42")
}
