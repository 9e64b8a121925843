import HTTPServer

/// The chapters of the API, in the order in which the document has them.
extension Tag {
    static let people = Tag("people", "Accounts, sign-in, sessions, caregivers and grants")
    static let specialists = Tag("specialists", "The directory of specialists and their availability")
    static let conditions = Tag("conditions", "Search among conditions")
    static let tasks = Tag("tasks", "The coordinators' worklist")
    static let cases = Tag(
        "cases", "A case from intake to outcome: consents, records, first read, opinion", opensSealed: true)
    static let matching = Tag("matching", "Matches with their reasons, and offers", opensSealed: true)
    static let scheduling = Tag(
        "scheduling", "Openings, holds, appointments, the waitlist, calendars", opensSealed: true)
    static let messaging = Tag("messaging", "Care threads and their live streams", opensSealed: true)
    static let notifications = Tag("notifications", "What to be told, and how")
}
