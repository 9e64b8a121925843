package import Clinic

extension Page {
    /// The cursor as an id.
    package func after<Tag>(as type: ID<Tag>.Type) -> ID<Tag>? { after.map { ID(rawValue: $0.id) } }
}
