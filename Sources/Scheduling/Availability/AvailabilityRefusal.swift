/// Why availability was not shown or changed.
package enum AvailabilityRefusal: Error, Equatable, Sendable {
    /// No such specialist or time off, or not the caller's own.
    case notFound
    /// A panel was booked at the same moment: asked again it is seen.
    case bookedMeanwhile
}
