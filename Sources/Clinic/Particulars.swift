/// The personal data of an account. Each kind has a seal of its own by the person key (`account_particular.sealed`); so
/// has the e-mail address, in UTF-8 (`account.email`).
package struct Particulars: Sendable, Hashable {
    /// What is sealed together, and who reads it besides its owner.
    package enum Kind: String, Sendable, CaseIterable {
        /// Everybody in a case of theirs.
        case name
        /// Those who read the case of which they are the patient.
        case birth
        /// The coordinators of that case.
        case contact
    }

    package var name: String
    package var birth: Birth
    package var contact: Contact

    package init(
        name: String, birthDate: CivilDate, sex: Sex? = nil, phone: String? = nil, address: String? = nil
    ) {
        self.name = name
        birth = Birth(date: birthDate, sex: sex)
        contact = Contact(phone: phone, address: address)
    }
}

/// A birth date and a sex.
package struct Birth: Codable, Sendable, Hashable {
    package var date: CivilDate
    /// Nil until they have given it: a case cannot be submitted without it.
    package var sex: Sex?

    package init(date: CivilDate, sex: Sex?) {
        self.date = date
        self.sex = sex
    }

    /// In whole years; 0 before the first birthday.
    package func age(on day: CivilDate) -> Int {
        let (born, now) = (date.rawValue, day.rawValue)
        guard let from = Int(born.prefix(4)), let to = Int(now.prefix(4)) else { return 0 }
        return max(0, to - from - (now.dropFirst(4) < born.dropFirst(4) ? 1 : 0))
    }
}

/// How somebody is reached besides by e-mail.
package struct Contact: Codable, Sendable, Hashable {
    package var phone: String?
    package var address: String?

    package init(phone: String?, address: String?) {
        self.phone = phone
        self.address = address
    }
}

/// The sex for a person's care, in the codes of FHIR R5's administrative gender
/// (https://hl7.org/fhir/R5/valueset-administrative-gender.html).
package enum Sex: String, Codable, Sendable, CaseIterable {
    case female, male, other, unknown
}
