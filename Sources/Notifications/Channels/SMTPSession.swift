import CLibCurl
import Glibc

/// An open session with a mail server. libcurl connects, encrypts and authenticates (CURLOPT_CONNECT_ONLY(3)); from then
/// on this type sends the commands and reads the replies, one at a time.
///
/// Every function blocks, but no longer than its deadline.
struct SMTPSession: ~Copyable {
    private let handle: CurlHandle
    private let socket: Int32
    private var reader = SMTPReplyReader()
    private var unread: ArraySlice<UInt8> = []

    /// How long it takes at most until a cancellation is noticed.
    private static let pollInterval = Duration.milliseconds(100)

    /// Connects.
    /// - Parameter name: our name in EHLO.
    /// - Throws: `MailFailure`, `CancellationError`.
    init(
        _ settings: SMTPSettings, name: String, until deadline: ContinuousClock.Instant,
        _ cancellation: CancellationFlag
    ) throws {
        guard let handle = CurlHandle() else { throw MailFailure.transient("smtp_library") }
        let code = Self.setOptions(handle.raw, settings, name, until: deadline)
        guard code == CURLE_OK else { throw MailFailure.transient("smtp_curl_\(code.rawValue)") }
        consilium_curl_set_progress(
            handle.raw,
            { context, _, _, _, _ in
                guard let context else { return 0 }
                return Unmanaged<CancellationFlag>.fromOpaque(context).takeUnretainedValue().isSet ? 1 : 0
            }, Unmanaged.passUnretained(cancellation).toOpaque())
        let result = curl_easy_perform(handle.raw)
        // The context is the caller's, and lives no longer than this call.
        consilium_curl_set_long(handle.raw, CURLOPT_NOPROGRESS, 1)
        if cancellation.isSet { throw CancellationError() }
        var reply = 0
        consilium_curl_get_long(handle.raw, CURLINFO_RESPONSE_CODE, &reply)
        if let failure = MailFailure(connecting: result, reply: reply) { throw failure }
        var socket: Int32 = -1
        guard consilium_curl_get_socket(handle.raw, &socket) == CURLE_OK, socket >= 0 else {
            throw MailFailure.transient("smtp_broken")
        }
        self.socket = socket
        self.handle = handle
    }

    private static func setOptions(
        _ raw: UnsafeMutableRawPointer, _ settings: SMTPSettings, _ name: String,
        until deadline: ContinuousClock.Instant
    ) -> CURLcode {
        // libcurl takes our name in EHLO from the path.
        var texts = [
            (CURLOPT_URL, "smtp://\(settings.host):\(settings.port)/\(name)"), (CURLOPT_PROTOCOLS_STR, "smtp"),
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
        let milliseconds = max(1, Int((deadline - .now) / .milliseconds(1)))
        let numbers = [
            (CURLOPT_CONNECT_ONLY, 1), (CURLOPT_USE_SSL, Int(security.rawValue)), (CURLOPT_TIMEOUT_MS, milliseconds),
            (CURLOPT_CONNECTTIMEOUT_MS, min(milliseconds, 10_000)),
            // No signals in a program with threads (libcurl-thread(3)), and no waiting for a resolver that hangs.
            (CURLOPT_NOSIGNAL, 1), (CURLOPT_QUICK_EXIT, 1),
        ]
        for (option, text) in texts {
            let code = consilium_curl_set_text(raw, option, text)
            guard code == CURLE_OK else { return code }
        }
        for (option, number) in numbers {
            let code = consilium_curl_set_long(raw, option, number)
            guard code == CURLE_OK else { return code }
        }
        return CURLE_OK
    }

    /// Whether the server has closed the session, or sent something unasked, which announces that it will.
    func isStale() -> Bool {
        var entry = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        return !unread.isEmpty || poll(&entry, 1, 0) != 0
    }

    /// Sends a command and waits for its reply.
    /// - Throws: `MailFailure.transient`, `CancellationError`.
    mutating func ask(
        _ command: String, until deadline: ContinuousClock.Instant, _ cancellation: CancellationFlag
    ) throws -> SMTPReply {
        try write(Array("\(command)\r\n".utf8), until: deadline, cancellation)
        return try reply(until: deadline, cancellation)
    }

    /// - Throws: `MailFailure.transient`, `CancellationError`.
    mutating func write(_ bytes: [UInt8], until deadline: ContinuousClock.Instant, _ cancellation: CancellationFlag)
        throws
    {
        // A reply that comes before its command would be taken for the reply to the next one.
        guard unread.isEmpty else { throw MailFailure.transient("smtp_broken") }
        var offset = 0
        while offset < bytes.count {
            var count = 0
            let code = bytes[offset...].withUnsafeBytes { curl_easy_send(handle.raw, $0.baseAddress, $0.count, &count) }
            switch code {
            case CURLE_OK: offset += count
            case CURLE_AGAIN: try wait(for: POLLOUT, until: deadline, cancellation)
            default: throw MailFailure.transient("smtp_broken")
            }
        }
    }

    /// - Parameter grace: how long it still waits once cancelled.
    /// - Throws: `MailFailure.transient`, `CancellationError`.
    mutating func reply(
        until deadline: ContinuousClock.Instant, _ cancellation: CancellationFlag, grace: Duration = .zero
    ) throws -> SMTPReply {
        var buffer = [UInt8](repeating: 0, count: 4096)
        var deadline = deadline
        var isPatient = grace > .zero
        while true {
            while let byte = unread.popFirst() {
                do {
                    if let reply = try reader.take(byte) { return reply }
                } catch {
                    throw MailFailure.transient("smtp_broken")
                }
            }
            var count = 0
            switch curl_easy_recv(handle.raw, &buffer, buffer.count, &count) {
            case CURLE_OK where count > 0: unread = buffer[..<count]
            case CURLE_AGAIN:
                if isPatient, cancellation.isSet {
                    isPatient = false
                    deadline = min(deadline, .now + grace)
                }
                try wait(for: POLLIN, until: deadline, grace > .zero ? nil : cancellation)
            default: throw MailFailure.transient("smtp_broken")
            }
        }
    }

    private func wait(for event: Int32, until deadline: ContinuousClock.Instant, _ cancellation: CancellationFlag?)
        throws
    {
        if cancellation?.isSet == true { throw CancellationError() }
        let left = deadline - .now
        guard left > .zero else { throw MailFailure.transient("smtp_timeout") }
        var entry = pollfd(fd: socket, events: Int16(event), revents: 0)
        poll(&entry, 1, Int32(min(left, Self.pollInterval) / .milliseconds(1)) + 1)
    }
}

extension MailFailure {
    /// Why there is no session, from curl's code and the last reply that it saw; nil when there is one.
    fileprivate init?(connecting code: CURLcode, reply: Int) {
        let step: SMTPStep
        switch code {
        case CURLE_OK: return nil
        case CURLE_WEIRD_SERVER_REPLY: step = .greeting
        case CURLE_REMOTE_ACCESS_DENIED: step = .hello
        case CURLE_LOGIN_DENIED: step = .login
        case CURLE_USE_SSL_FAILED, CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION:
            self = .transient("smtp_tls")
            return
        case CURLE_OPERATION_TIMEDOUT:
            self = .transient("smtp_timeout")
            return
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT:
            self = .transient("smtp_unreachable")
            return
        default:
            self = .transient("smtp_curl_\(code.rawValue)")
            return
        }
        // A server without authentication has refused no command, but accepts no mail of ours either.
        let code = step == .login && !(400...599).contains(reply) ? 535 : reply
        self =
            (400...599).contains(code)
            ? SMTPRefusal(step: step, reply: SMTPReply(code: code, status: nil, text: "")).failure
            : .transient("smtp_broken")
    }
}
