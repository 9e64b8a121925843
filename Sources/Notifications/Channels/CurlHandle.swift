import CLibCurl

/// The owner of one curl handle.
struct CurlHandle: ~Copyable {
    private let raw: UnsafeMutableRawPointer

    /// libcurl, curl_global_init(3): once, before anything else.
    private static let isReady = consilium_curl_start() == CURLE_OK

    /// Nil when the library cannot start.
    init?() {
        guard let raw = Self.start() else { return nil }
        self.raw = raw
    }

    /// A handle that is the caller's to clean up; nil when the library cannot start.
    static func start() -> UnsafeMutableRawPointer? { isReady ? curl_easy_init() : nil }

    deinit {
        curl_easy_cleanup(raw)
    }

    /// How a transfer ended: curl's code first, for the reply is the last one that was seen.
    struct Ending {
        let code: CURLcode
        let reply: Int
    }

    /// Sends one mail. Blocks.
    func perform(_ mail: Mail, _ settings: SMTPSettings) -> Ending {
        // curl_easy_reset(3): options go, the connection and the session stay.
        curl_easy_reset(raw)
        var recipients = curl_slist_append(nil, mail.recipient.text)
        defer {
            curl_slist_free_all(recipients)
            recipients = nil
        }
        var source = Source(bytes: mail.message)
        let code = withUnsafeMutablePointer(to: &source) { source in
            let set = setOptions(mail, settings, recipients, source)
            return set == CURLE_OK ? curl_easy_perform(raw) : set
        }
        var reply = 0
        consilium_curl_get_long(raw, CURLINFO_RESPONSE_CODE, &reply)
        return Ending(code: code, reply: reply)
    }

    /// What is left to be read of a message.
    private struct Source {
        let bytes: [UInt8]
        var offset = 0

        mutating func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
            let count = min(buffer.count, bytes.count - offset)
            buffer.copyBytes(from: bytes[offset..<offset + count])
            offset += count
            return count
        }
    }

    private func setOptions(
        _ mail: Mail, _ settings: SMTPSettings, _ recipients: UnsafeMutablePointer<curl_slist>?,
        _ source: UnsafeMutablePointer<Source>
    ) -> CURLcode {
        // The path is what we say in EHLO.
        var texts = [
            (CURLOPT_URL, "smtp://\(settings.host):\(settings.port)/\(mail.sender.domain)"),
            (CURLOPT_PROTOCOLS_STR, "smtp"), (CURLOPT_MAIL_FROM, "<\(mail.sender.text)>"),
        ]
        if let login = settings.login {
            texts += [(CURLOPT_USERNAME, login.user), (CURLOPT_PASSWORD, login.password)]
        }
        if let authorities = settings.authorities { texts.append((CURLOPT_CAINFO, authorities)) }
        let security: curl_usessl =
            switch settings.security {
            case .required: CURLUSESSL_ALL
            case .optional: CURLUSESSL_TRY
            case .none: CURLUSESSL_NONE
            }
        let milliseconds = max(1, Int(settings.deadline / .milliseconds(1)))
        let numbers = [
            (CURLOPT_USE_SSL, Int(security.rawValue)), (CURLOPT_UPLOAD, 1), (CURLOPT_TIMEOUT_MS, milliseconds),
            (CURLOPT_CONNECTTIMEOUT_MS, min(milliseconds, 10_000)),
            // No signals in a program with threads (libcurl-thread(3)).
            (CURLOPT_NOSIGNAL, 1),
        ]
        for (option, text) in texts {
            let code = consilium_curl_set_text(raw, option, text)
            guard code == CURLE_OK else { return code }
        }
        for (option, number) in numbers {
            let code = consilium_curl_set_long(raw, option, number)
            guard code == CURLE_OK else { return code }
        }
        let code = consilium_curl_set_list(raw, CURLOPT_MAIL_RCPT, recipients)
        guard code == CURLE_OK else { return code }
        return consilium_curl_set_reader(
            raw,
            { buffer, size, count, context in
                guard let source = context?.assumingMemoryBound(to: Source.self) else { return 0 }
                return source.pointee.read(into: UnsafeMutableRawBufferPointer(start: buffer, count: size * count))
            }, source)
    }
}

extension CurlHandle.Ending {
    /// - Throws: `MailFailure`: `refused` where the server refused this recipient or this message for good.
    func check() throws {
        switch code {
        case CURLE_OK:
            return
        case CURLE_SEND_ERROR, CURLE_WEIRD_SERVER_REPLY:
            // 55 is a refusal at MAIL or RCPT, 8 one after DATA. What says that we must sign in or encrypt first is
            // ours to put right, not the recipient's.
            let ours = [500, 502, 503, 504, 530, 534, 535, 538]
            if (500...599).contains(reply), !ours.contains(reply) { throw MailFailure.refused("smtp_\(reply)") }
            throw MailFailure.transient(reply >= 400 ? "smtp_\(reply)" : "smtp_broken")
        case CURLE_LOGIN_DENIED:
            throw MailFailure.transient("smtp_login")
        case CURLE_USE_SSL_FAILED, CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION:
            throw MailFailure.transient("smtp_tls")
        case CURLE_OPERATION_TIMEDOUT:
            throw MailFailure.transient("smtp_timeout")
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT:
            throw MailFailure.transient("smtp_unreachable")
        default:
            throw MailFailure.transient("smtp_curl_\(code.rawValue)")
        }
    }
}
