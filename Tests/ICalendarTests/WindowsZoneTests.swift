import ICalendar
import Testing

@Suite("A zone that Windows names", .timeLimit(.minutes(5)))
struct WindowsZoneTests {
    @Test(
        "is the one that its users keep",
        arguments: [
            ("Pacific Standard Time", "America/Los_Angeles"), ("GMT Standard Time", "Europe/London"),
            ("Romance Standard Time", "Europe/Paris"), ("Morocco Standard Time", "Africa/Casablanca"),
            ("Lord Howe Standard Time", "Australia/Lord_Howe"), ("UTC", "Etc/UTC"),
            // What the table of a system of some years ago has otherwise, or not at all.
            ("Mountain Standard Time (Mexico)", "America/Mazatlan"), ("Manitoba Standard Time", "America/Winnipeg"),
            ("Alberta Standard Time", "America/Edmonton"), ("British Columbia Standard Time", "America/Vancouver"),
            // By the names of today, not by those that tzdata keeps for the sake of old programs.
            ("India Standard Time", "Asia/Kolkata"), ("FLE Standard Time", "Europe/Kyiv"),
            ("Argentina Standard Time", "America/Argentina/Buenos_Aires"), ("Nepal Standard Time", "Asia/Kathmandu"),
        ])
    func names(windows: String, iana: String) {
        #expect(WindowsZone.iana(windows) == iana)
    }

    @Test(
        "is none of the system's own, and none that somebody made up",
        arguments: [
            "", "Europe/Paris", "Pacific", "pacific standard time", "Kundenzeit 🕰",
            String(repeating: "x", count: 65_536),
        ])
    func others(name: String) {
        #expect(WindowsZone.iana(name) == nil)
    }
}
