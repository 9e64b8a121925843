import HTTPTypes
import HummingbirdCore
import NIOCore
import NIOHTTPTypes

// What a request says of its body, before it is read.

extension RequestContext {
    /// Refuses a body whose media type is not among those the route takes. JSON is UTF-8: no other `charset` is taken with
    /// it (RFC 8259 §8.1). Other parameters mean nothing here.
    func checkMediaType(_ accepted: [String]) throws {
        guard let given = request.headers[.contentType].flatMap(ContentType.init),
            accepted.contains(where: { $0 == given.name || $0 == "*/*" })
        else { throw Problem(.unsupportedMedia, "This route takes \(accepted.joined(separator: ", ")).") }
        if given.name == "application/json", let charset = given.charset, charset != "utf-8" {
            throw Problem(.unsupportedMedia, "JSON is UTF-8 (RFC 8259).")
        }
    }

    /// Refuses a body with a content coding: a few bytes could stand for as many as they like (RFC 9110 §8.4, §15.5.16).
    func checkContentCoding() throws {
        let codings = (request.headers[.contentEncoding] ?? "").split(separator: ",")
        guard codings.allSatisfy({ ["", "identity"].contains($0.filter { $0 != " " && $0 != "\t" }.lowercased()) })
        else {
            throw Problem(
                .unsupportedMedia, "A body is taken as it is, without a Content-Encoding.",
                headers: [.acceptEncoding: "identity"])
        }
    }

    /// Asks a client that waits with its body to send it (RFC 9110 §10.1.1): what was looked at
    /// so far does not refuse the request. Who waits for a refusal has it as the final answer instead.
    func inviteBody() {
        guard request.headers.expectsContinue, !body.isFinished else { return }
        channel.writeAndFlush(HTTPResponsePart.head(HTTPResponse(status: .continue)), promise: nil)
    }
}

extension HTTPFields {
    /// Whether the client waits for 100 (Continue).
    fileprivate var expectsContinue: Bool { expectations.contains("100-continue") }

    /// The members of `Expect`, in lower case.
    var expectations: [String] {
        (self[.expect] ?? "").split(separator: ",").map { member in
            member.filter { $0 != " " && $0 != "\t" }.lowercased()
        }
    }
}
