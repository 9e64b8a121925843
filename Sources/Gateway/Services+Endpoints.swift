package import HTTPServer
package import ServiceAPI

extension Services {
    /// Every route there is.
    package var endpoints: [Endpoint] {
        identityEndpoints(identity)
            + casesEndpoints(cases)
            + conditionRoutes(matching) + specialistRoutes(matching) + organisationRoutes(matching)
            + matchRoutes(matching) + offerRoutes(matching)
            + availabilityRoutes(scheduler) + openingRoutes(scheduler)
            + visitTypeRoutes(scheduler) + holdRoutes(scheduler)
            + appointmentRoutes(scheduler) + colleagueRoutes(scheduler) + waitlistRoutes(scheduler)
            + calendarFeedRoutes(scheduler) + linkedCalendarRoutes(scheduler) + messageRoutes(messenger)
            + eventStreamRoutes(messenger)
            + notificationRoutes(notifications)
    }
}
