package import Clinic
import HTTPTypes
import HummingbirdCore

/// The value of `If-Match` or `If-None-Match`: `*`, or a list of entity tags (RFC 9110 §8.8.3), without their quotes and
/// without saying which are weak: all are compared weakly here.
enum EntityTags: Sendable, Hashable {
    case any
    case listed([String])

    /// Nil for what is neither. Empty elements of a list are skipped (RFC 9110 §5.6.1.2).
    init?(_ value: String) {
        var rest = value.utf8[...]
        func skip(_ bytes: String) {
            rest = rest.drop { bytes.utf8.contains($0) }
        }
        skip(" \t")
        if rest.elementsEqual("*".utf8) {
            self = .any
            return
        }
        var tags: [String] = []
        while true {
            skip(" \t,")
            if rest.isEmpty { break }
            if rest.starts(with: "W/".utf8) { rest = rest.dropFirst(2) }
            guard rest.popFirst() == UInt8(ascii: "\""), let end = rest.firstIndex(of: UInt8(ascii: "\"")),
                let opaque = String(rest[..<end]), opaque.utf8.allSatisfy({ $0 >= 0x21 && $0 != 0x7F })
            else { return nil }
            tags.append(opaque)
            rest = rest[end...].dropFirst()
            skip(" \t")
            guard rest.isEmpty || rest.first == UInt8(ascii: ",") else { return nil }
        }
        guard !tags.isEmpty else { return nil }
        self = .listed(tags)
    }

    /// Whether the tag is named, by the weak comparison of RFC 9110 §8.8.3.2.
    func names(_ opaque: String) -> Bool {
        switch self {
        case .any: true
        case .listed(let tags): tags.contains(opaque)
        }
    }
}

extension CallContext {
    /// The versions that `If-Match` and `If-None-Match` name; nil where there is neither.
    ///
    /// A weak tag counts, although RFC 9110 §13.1.1 compares strongly: the strong comparison keeps apart what is
    /// equivalent and not the same byte for byte, and a change here is meant for a version, which a proxy that compresses
    /// on the way, and therefore weakens the tag of the read (`"3"` to `W/"3"`), does not change. Without it nobody behind
    /// such a proxy could change anything.
    /// - Throws: `Problem` `malformed-request` when one is neither `*` nor a list of entity tags.
    package var expectedVersion: ExpectedVersion? {
        get throws {
            switch (try tags(in: .ifMatch), try tags(in: .ifNoneMatch)) {
            case (nil, nil): nil
            case (.any, nil): .any
            case (.listed(let tags), nil): .among(Self.versions(tags))
            case (nil, .listed(let tags)): .besides(Self.versions(tags), orNone: true)
            case (.any, .listed(let tags)): .besides(Self.versions(tags), orNone: false)
            case (nil, .any): .absent
            case (.listed(let tags), .listed(let others)):
                .among(Self.versions(tags).subtracting(Self.versions(others)))
            // There is one, and there is none.
            case (_?, .any): .among([])
            }
        }
    }

    /// The versions that `If-Match` names, which this write needs.
    /// - Throws: `Problem` `match-needed` when it is absent; as `expectedVersion`.
    package func requiredVersion() throws -> ExpectedVersion {
        guard let expected = try expectedVersion, handle.context.request.headers[.ifMatch] != nil else {
            throw Problem(.matchNeeded)
        }
        return expected
    }

    private func tags(in field: HTTPField.Name) throws -> EntityTags? {
        guard let text = handle.context.request.headers[field] else { return nil }
        guard let tags = EntityTags(text) else {
            throw Problem(
                .malformedRequest,
                errors: [
                    FieldError(.header(field.rawName), rule: "format", "Must be * or a list of quoted entity tags.")
                ])
        }
        return tags
    }

    /// A tag is a version as it is written in an `ETag`, and in no other spelling; behind a hyphen stands what a view of it
    /// (``RequestContext/tagged(_:)``), or a proxy on the way, has added.
    private static func versions(_ tags: [String]) -> Set<Int> {
        Set(
            tags.compactMap { tag in
                let number = tag.prefix { $0 != "-" }
                return Int(number).flatMap { String($0) == number ? $0 : nil }
            })
    }
}

extension HandlerContext {
    /// The `ETag` of what is answered.
    package func tag(_ version: Int) { reply(etag: String(version)) }
}

extension RequestContext {
    /// The reply of a read, its `ETag` with a digest of the body behind the version: a view depends on more than what has the
    /// version, as on its reader's part, a blind that was broken, a file that was marked. The digest is keyed, so that
    /// whoever sees tags alone cannot try bodies out.
    func tagged(_ reply: Reply) -> Reply {
        guard case .json(let bytes) = reply.body, let tag = reply.headers[.eTag] else { return reply }
        var headers = reply.headers
        headers[.eTag] = "\(String(tag.dropLast()))-\(dependencies.idempotency.digest(of: bytes))\""
        return Reply(status: reply.status, headers: headers, body: reply.body)
    }

    /// The reply, or 304 when `If-None-Match` names its `ETag` (RFC 9110 §13.1.2), with what tells no more than the tag.
    /// A malformed one names nothing: the whole answer is always right.
    func unlessKnown(_ reply: Reply) -> Reply {
        guard [.get, .head].contains(request.method), let tag = reply.headers[.eTag],
            let known = request.headers[.ifNoneMatch].flatMap(EntityTags.init),
            known.names(String(tag.dropFirst().dropLast()))
        else { return reply }
        let kept = HTTPFields(reply.headers.filter { [.eTag, .cacheControl, .vary].contains($0.name) })
        return Reply(status: .notModified, headers: kept, body: .none)
    }
}
