/// The roles of people who see other people's cases by profession: their sessions are short, and the programme may
/// demand a second factor of them.
package struct IsStaff: Sendable {
    package init() {}

    package func allows(_ roles: Set<Role>) -> Bool {
        !roles.isDisjoint(with: [.specialist, .coordinator, .operator])
    }
}
