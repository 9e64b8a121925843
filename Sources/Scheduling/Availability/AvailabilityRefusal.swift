/// Why availability is not shown or changed.
package enum AvailabilityRefusal: Error, Equatable, Sendable {
    /// No such specialist or time off, or not the caller's own.
    case notFound
    /// A panel was booked at the same moment. The same request sees it when it is sent again.
    case bookedMeanwhile
}
