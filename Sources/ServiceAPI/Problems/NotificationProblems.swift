package import HTTPServer
package import Notifications

extension NotificationRefusal: ProblemConvertible {
    package var problem: Problem {
        switch self {
        case .changed: Problem(.changedMeanwhile)
        }
    }
}
