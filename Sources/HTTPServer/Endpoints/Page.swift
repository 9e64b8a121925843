import Clinic
import FoundationEssentials
import HTTPTypes
import HummingbirdCore
package import JSON

/// A page of a list: `limit` entries after an opaque cursor, with the next page in `Link: rel="next"` (RFC 8288).
package struct Page: Sendable, Equatable {
    /// The most entries wanted.
    package let limit: Int
    /// The entry after which the page begins; nil for the first page.
    package let after: PageCursor?

    package static let limitQuery = Query<Int>("limit", "The most entries of a page", default: 50, range: 1...200)
    package static let afterQuery = Query<PageCursor>("after", "The cursor that `Link` gave for the next page")

    /// In place of ``afterQuery`` where entries have numbers.
    package static let afterNumberQuery = Query<Int>(
        afterQuery.name, "The cursor that `Link` and `next` gave for the next page", range: 1...1_000_000_000_000)

    /// The parameters of an endpoint with pages.
    package static let parameters: [DeclaredParameter] = [.query(limitQuery), .query(afterQuery)]

    /// The headers of an answer with pages.
    package static let headers = ["Link": "The next page, as rel=\"next\"; none after the last"]
}

/// The id of the last entry of a page.
package struct PageCursor: ParameterValue, Equatable {
    let id: UUID

    package init?(parameter: String) {
        guard let id = UUID(uuidString: parameter) else { return nil }
        self.id = id
    }

    package static var parameterSchema: JSONValue { UUID.parameterSchema }
    package static var parameterDescription: String { "a cursor that a list gave" }
}

extension CallContext {
    /// The page that the caller asks for.
    package var page: Page {
        get throws { Page(limit: try required(Page.limitQuery), after: try query(Page.afterQuery)) }
    }

    /// Sets `Link` to the next page; does nothing after the last one.
    package func link(next cursor: String?) {
        guard let cursor else { return }
        let context = handle.context
        var query = context.queryValues
        query[Page.afterQuery.name] = cursor
        // RFC 3986 §2.3.
        let unreserved = "-._~"
        let words = query.sorted { $0.key < $1.key }.map {
            "\($0.key.percentEncoded(keeping: unreserved))=\($0.value.percentEncoded(keeping: unreserved))"
        }
        let target = "\(context.request.uri.path)?\(words.joined(separator: "&"))"
        reply(headers: [.link: "<\(target)>; rel=\"next\""])
    }
}
