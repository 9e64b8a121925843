import ArgumentParser
import Clinic

// The words of the clinic as a command line has them.

extension ID: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
}

extension Jurisdiction: ExpressibleByArgument {}

extension Role: ExpressibleByArgument {}
