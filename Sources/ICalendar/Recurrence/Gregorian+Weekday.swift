import Clinic

extension Gregorian {
    /// Of a day since 1970-01-01, which was a Thursday: Monday is 0.
    static func weekday(ofDay number: Int) -> Int { (number % 7 + 10) % 7 }
}
