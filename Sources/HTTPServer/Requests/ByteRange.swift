import HTTPTypes
import HummingbirdCore

/// Which bytes of a download are asked for (RFC 9110 §14).
enum ByteRange: Sendable, Equatable {
    case whole
    case part(Range<Int>)
    /// None of them is there.
    case unsatisfiable

    /// The one range of a `Range` header. Another unit, what is no range and several ranges are answered whole, which a
    /// server may always do (§14.2).
    init(_ value: String, of length: Int) {
        self = .whole
        let halves = value.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard halves.count == 2, halves[0].lowercased() == "bytes" else { return }
        let ends = halves[1].drop { $0 == " " }.split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, ends.allSatisfy({ $0.utf8.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains) })
        else { return }
        // A number that is no Int is beyond every length.
        let (first, last) = (Int(ends[0]) ?? .max, Int(ends[1]) ?? .max)
        switch (ends[0].isEmpty, ends[1].isEmpty) {
        case (true, true): return
        case (true, false):
            self = last == 0 || length == 0 ? .unsatisfiable : .part(max(0, length - last)..<length)
        case (false, true):
            self = first >= length ? .unsatisfiable : .part(first..<length)
        case (false, false):
            guard first <= last else { return }
            self = first >= length ? .unsatisfiable : .part(first..<min(last, length - 1) + 1)
        }
    }
}

extension RequestContext {
    /// The reply that delivers the wanted bytes of a download.
    /// - Throws: `Problem` `range-not-satisfiable`.
    func reply(_ download: Download, permit: ConcurrencyLimiter.Permit) throws -> Reply {
        func reply(_ length: Int?, _ status: HTTPResponse.Status, _ bytes: Range<Int>?) -> Reply {
            let pieces = ReplyPieces(
                mediaType: download.mediaType, length: length, access: access, permit: permit
            ) { write in try await download.send(bytes, write) }
            return head.reply(.pieces(pieces), status: status)
        }
        // Without a tag nobody could tell whether two parts are of one whole.
        guard let length = download.length, reply(nil, .ok, nil).headers[.eTag] != nil else {
            return unlessKnown(reply(download.length, .ok, nil))
        }
        head.set(status: nil, headers: [.acceptRanges: "bytes"], etag: nil)
        let whole = unlessKnown(reply(length, .ok, nil))
        if whole.status == .notModified { return whole }
        switch range(of: length, tag: whole.headers[.eTag]) {
        case .whole: return whole
        case .part(let bytes):
            head.set(
                status: nil, headers: [.contentRange: "bytes \(bytes.lowerBound)-\(bytes.upperBound - 1)/\(length)"],
                etag: nil)
            return reply(bytes.count, .partialContent, bytes)
        case .unsatisfiable: throw Problem(.rangeNotSatisfiable, headers: [.contentRange: "bytes */\(length)"])
        }
    }

    /// The bytes of a download that `Range` asks for, if `If-Range` names what there is now. Only `GET` has ranges, and
    /// tags are compared strongly (RFC 9110 §13.1.5): the parts of two versions do not fit.
    private func range(of length: Int, tag: String?) -> ByteRange {
        guard request.method == .get, let wanted = request.headers[.range] else { return .whole }
        if let condition = request.headers[.ifRange], condition != tag { return .whole }
        return ByteRange(wanted, of: length)
    }
}
