package import Clinic

extension Call {
    /// The version in `If-Match`, which a first write may leave out.
    /// - Throws: `Problem` `changed-meanwhile` for a tag that no version has.
    package var version: Int? {
        get throws {
            guard let tag = try ifMatch else { return nil }
            guard let version = Int(tag) else { throw Problem(.changedMeanwhile) }
            return version
        }
    }

    /// The version in `If-Match`, which this write needs.
    /// - Throws: `Problem` `match-needed`, `changed-meanwhile`.
    package func requiredVersion() throws -> Int {
        guard let version = Int(try requiredIfMatch()) else { throw Problem(.changedMeanwhile) }
        return version
    }

    /// The `ETag` of what is answered.
    package func tag(_ version: Int) { reply(etag: String(version)) }
}

extension Page {
    /// The cursor as an id.
    /// - Throws: `Problem` `invalid-parameters` for what no list gave.
    package func after<Tag>(as type: ID<Tag>.Type) throws -> ID<Tag>? {
        guard let after else { return nil }
        guard let id = ID<Tag>(after) else {
            throw Problem(
                .invalidParameters,
                errors: [FieldError(.parameter("after"), rule: "format", "Must be a cursor that a list gave.")])
        }
        return id
    }
}
