import CLibCurl
import Glibc

/// A message in two forms of which a reader's program takes the best that it knows (RFC 2046 §5.1.4): a text, and what
/// it says to her calendar (RFC 6047 §2.4).
///
/// libcurl's MIME API composes it, and does so only while it sends: so it sends to a mail server of a few words within
/// this very call, which takes the message down.
struct Alternatives {
    var headers: [(name: String, value: String)]
    /// Lines ended by CR LF.
    var text: String
    /// RFC 5545, in ASCII or UTF-8.
    var calendar: String
    /// RFC 5546's word, as `REQUEST`.
    var method: String

    /// The message, lines ended by CR LF.
    /// - Throws: `MailFailure.transient` when libcurl cannot do it.
    func composed() throws -> [UInt8] {
        guard let server = Dictation(), let dialogue = send(to: server) else {
            throw MailFailure.transient("mail_compose")
        }
        return try Self.content(of: dialogue)
    }

    /// What was said to the server; nil when the transfer failed.
    private func send(to server: borrowing Dictation) -> [UInt8]? {
        guard let raw = CurlHandle.start(), let multi = curl_multi_init() else { return nil }
        var lines: UnsafeMutablePointer<curl_slist>?
        for (name, value) in headers + [("Content-Type", "multipart/alternative")] {
            lines = curl_slist_append(lines, "\(name): \(value)")
        }
        let mime = curl_mime_init(raw)
        let recipients = curl_slist_append(nil, "nobody")
        var connection: Int32 = -1
        // What a handle uses is freed after it (curl_mime_free(3), CURLOPT_HTTPHEADER(3)).
        func free() {
            curl_multi_remove_handle(multi, raw)
            curl_easy_cleanup(raw)
            curl_multi_cleanup(multi)
            curl_mime_free(mime)
            curl_slist_free_all(lines)
            curl_slist_free_all(recipients)
        }
        guard add(to: mime), set(raw, mime, lines, recipients, server.name),
            curl_multi_add_handle(multi, raw) == CURLM_OK
        else {
            free()
            return nil
        }
        var running: Int32 = 1
        while running > 0, curl_multi_perform(multi, &running) == CURLM_OK {
            if connection < 0 { connection = server.accept() }
            if running > 0 { curl_multi_poll(multi, nil, 0, 100, nil) }
        }
        var left: Int32 = 0
        let isSent = curl_multi_info_read(multi, &left)?.pointee.data.result == CURLE_OK
        // It is the end of the connection that ends what was said.
        free()
        guard connection >= 0 else { return nil }
        defer { close(connection) }
        return isSent ? Dictation.all(from: connection) : nil
    }

    private func add(to mime: OpaquePointer?) -> Bool {
        let isASCII = text.utf8.allSatisfy { $0 < 0x80 }
        let parts = [
            ("text/plain; charset=utf-8", isASCII ? "7bit" : "quoted-printable", text),
            ("text/calendar; charset=utf-8; method=\(method)", "base64", calendar),
        ]
        return parts.allSatisfy { type, encoder, content in
            let part = curl_mime_addpart(mime)
            return curl_mime_data(part, content, content.utf8.count) == CURLE_OK
                && curl_mime_type(part, type) == CURLE_OK && curl_mime_encoder(part, encoder) == CURLE_OK
        }
    }

    private func set(
        _ raw: UnsafeMutableRawPointer, _ mime: OpaquePointer?, _ lines: UnsafeMutablePointer<curl_slist>?,
        _ recipients: UnsafeMutablePointer<curl_slist>?, _ server: String
    ) -> Bool {
        let codes = [
            consilium_curl_set_text(raw, CURLOPT_URL, "smtp://localhost/consilium"),
            consilium_curl_set_text(raw, CURLOPT_ABSTRACT_UNIX_SOCKET, server),
            consilium_curl_set_text(raw, CURLOPT_PROXY, ""),
            consilium_curl_set_text(raw, CURLOPT_MAIL_FROM, "<nobody>"),
            consilium_curl_set_list(raw, CURLOPT_MAIL_RCPT, recipients),
            consilium_curl_set_list(raw, CURLOPT_HTTPHEADER, lines),
            consilium_curl_set_mime(raw, mime),
            consilium_curl_set_long(raw, CURLOPT_TIMEOUT_MS, 5000),
            consilium_curl_set_long(raw, CURLOPT_NOSIGNAL, 1),
        ]
        return codes.allSatisfy { $0 == CURLE_OK }
    }

    /// What stands between DATA and the lone point, without the points that SMTP adds (RFC 5321 §4.5.2).
    private static func content(of dialogue: [UInt8]) throws -> [UInt8] {
        guard let begin = dialogue.firstRange(of: Array("\r\nDATA\r\n".utf8))?.upperBound,
            let end = dialogue[begin...].firstRange(of: Array("\r\n.\r\n".utf8))?.lowerBound
        else { throw MailFailure.transient("mail_compose") }
        var message: [UInt8] = []
        var rest = dialogue[begin..<end + 2]
        while let line = rest.firstRange(of: Array("\r\n".utf8)) {
            let isStuffed = rest.first == UInt8(ascii: ".")
            message += rest[rest.startIndex + (isStuffed ? 1 : 0)..<line.upperBound]
            rest = rest[line.upperBound...]
        }
        return message
    }
}
