package import Clinic

// The forms of request headers.

extension TextForm {
    /// What makes a retry safe.
    static let idempotencyKey = TextForm("^[!-~]{1,255}$", "1 to 255 visible ASCII characters, once")

    /// The number of the last entry of a thread that was received.
    package static let eventID = TextForm("^[0-9]{1,18}$", "an entry's number")

    /// RFC 9110 §13.1.1; `EntityTags` reads it.
    static let entityTags = TextForm(
        #"^(?:\*|(?:W/)?"[!#-~]*"(?:[ \t]*,[ \t]*(?:W/)?"[!#-~]*")*)$"#, "* or a list of quoted entity tags",
        isReadByService: true)
}
