// The forms that several modules use.

extension TextForm {
    /// RFC 5321 §4.1.2 unquoted, in ASCII. `EmailAddress` also accepts blanks around it and a domain beyond ASCII.
    package static let email = TextForm(
        "^(?=[^@]{1,64}@)[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
            + "@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\\.)+[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$",
        "an e-mail address, as name@example.org", format: "email", isReadByService: true)

    /// A zone of the IANA by a name with a place, or UTC: `consilium.is_zone` checks that tzdata has it.
    package static let timeZone = TextForm(
        "^(?:UTC|(?!posix/|right/)[A-Za-z]+(?:/[A-Za-z_-]+){1,2}"
            + "|Etc/GMT(?:0|[+-]0|[+](?:[1-9]|1[0-2])|-(?:[1-9]|1[0-4])))$",
        "an IANA time zone, as America/New_York", isReadByService: true)

    /// A word of a list of the programme (`consilium.word`): a kind of consult, the version of a wording.
    package static let word = TextForm(
        "^[a-z][a-z0-9_.:-]{0,63}$", "a word of lower-case letters, digits and -, as consult-45")

    /// A time of day that something begins at.
    package static let timeOfDay = TextForm("^(?:[01][0-9]|2[0-3]):[0-5][0-9]$", "a time from 00:00 to 23:59")

    /// A time of day that something ends at.
    package static let endOfDay = TextForm("^(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00)$", "a time from 00:01 to 24:00")

    /// ISO 8601, the years 1900 to 2999. `CivilDate` checks that the date exists.
    package static let date = TextForm(
        "^(?:19|2[0-9])[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])$", "a date that exists, as 2027-05-31",
        format: "date", isReadByService: true)

    /// ISO 3166-2.
    package static let jurisdiction = TextForm("^[A-Z]{2}(?:-[A-Z0-9]{1,3})?$", "an ISO 3166-2 code, as US-OH")

    /// BCP 47, except extended and grandfathered languages, which `LanguageTag` also reads, and repeated subtags, which
    /// it refuses and a pattern cannot express.
    package static let languageTag = TextForm(
        "^(?=.{2,64}$)[A-Za-z]{2,3}(?:-[A-Za-z]{4})?(?:-(?:[A-Za-z]{2}|[0-9]{3}))?"
            + "(?:-(?:[A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}))*(?:-[A-WYZa-wyz0-9](?:-[A-Za-z0-9]{2,8})+)*"
            + "(?:-[Xx](?:-[A-Za-z0-9]{1,8})+)?$",
        "a language tag of BCP 47, as en or es-MX", isReadByService: true)

    /// A code of ICD-10-CM or the category that it begins with.
    package static let conditionCode = TextForm(
        "^[A-Z][0-9][A-Z0-9](?:\\.[A-Z0-9]{1,4})?$", "an ICD-10-CM code, as C50.911")

    /// A code of the NUCC's provider taxonomy.
    package static let taxonomyCode = TextForm("^[A-Z0-9]{9}X$", "a code of the NUCC's taxonomy, as 207RX0202X")
}

extension TextRule {
    /// The secret of a mail's link, or of a device.
    package static let secret = TextRule.anything(1...200)
}
