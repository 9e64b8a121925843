/// Whose sessions are short and whose second factor the programme may demand: people who see other people's cases by
/// profession.
package struct IsStaff: Sendable {
    package init() {}

    package func allows(_ roles: Set<Role>) -> Bool {
        !roles.isDisjoint(with: [.specialist, .coordinator, .operator])
    }
}
