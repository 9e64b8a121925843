import ICalendar

/// What a mail says to its recipient's calendar (RFC 6047): that the consult is, has moved, or will not be.
struct CalendarMessage {
    /// A calendar document (RFC 5545).
    let text: String
    /// RFC 5546's word, as the part's media type repeats it (RFC 6047 §2.4).
    let method: String
}

extension CalendarMessage {
    init(_ entry: ConsultEntry, to recipient: MailAddress, place: String, _ settings: MailSettings) {
        let organizer = CalendarAddress(
            address: settings.sender.text, name: settings.senderName.isEmpty ? nil : settings.senderName)
        text = CalendarDocument(message: entry, from: organizer, to: recipient.text, place: place).text
        method = entry.isCancelled ? "CANCEL" : "REQUEST"
    }
}
