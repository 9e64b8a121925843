package import Cases
package import Clinic
import HTTPServer
package import Messaging
package import Scheduling

// The words of the services that a path or a query can have.

extension AppointmentState: ParameterValue {}
extension Role: ParameterValue {}
extension TaskKind: ParameterValue {}
extension TaskState: ParameterValue {}
extension ThreadKind: ParameterValue {}
