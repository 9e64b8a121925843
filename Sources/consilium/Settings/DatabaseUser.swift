/// As whom a process logs in to the database.
enum DatabaseUser: String {
    case owner = "consilium_owner"
    case app = "consilium_app"
    case worker = "consilium_worker"
    case backup = "consilium_backup"
}
