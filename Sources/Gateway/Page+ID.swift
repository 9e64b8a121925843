package import Clinic

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
