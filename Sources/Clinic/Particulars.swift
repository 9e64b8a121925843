/// What a person told of herself. It is sealed by her person key as one JSON value at `account.particulars`; her
/// address is sealed apart, as its UTF-8, at `account.email`.
package struct Particulars: Codable, Sendable, Hashable {
    package var name: String
    package var birthDate: CivilDate
    package var phone: String?
    package var address: String?

    package init(name: String, birthDate: CivilDate, phone: String? = nil, address: String? = nil) {
        self.name = name
        self.birthDate = birthDate
        self.phone = phone
        self.address = address
    }
}
