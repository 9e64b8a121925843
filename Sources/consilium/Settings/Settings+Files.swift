import Foundation
import Glibc
import HTTPServer

/// What the settings name outside of the process is looked at when it starts, and each refusal names the setting.
extension Settings {
    /// A file that can be read.
    /// - Throws: ``SettingsError`` when it cannot.
    func file(_ name: String) throws -> String {
        let path = try text(name)
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, access(path, R_OK) == 0 else {
            throw SettingsError.malformed(name, "names a file that cannot be read")
        }
        return path
    }

    /// A folder that can be read.
    /// - Throws: ``SettingsError`` when it cannot.
    func folder(_ name: String) throws -> String {
        let path = try text(name)
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, access(path, R_OK | X_OK) == 0 else {
            throw SettingsError.malformed(name, "names a folder that cannot be read")
        }
        return path
    }

    /// A file that can be appended to; it is made when it is not there.
    /// - Throws: ``SettingsError`` when it cannot.
    func appendable(_ name: String) throws -> String {
        let path = try text(name)
        let file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            throw SettingsError.malformed(
                name, "names a file that cannot be written (\(String(cString: strerror(errno))))")
        }
        close(file)
        return path
    }

    /// Refuses a certificate and a key that cannot be read, or do not belong together.
    /// - Throws: ``SettingsError``.
    func check(_ tls: GatewaySettings.TLS) throws {
        do {
            try tls.check()
        } catch let fault as GatewaySettings.TLS.Fault {
            switch fault {
            case .certificate:
                throw SettingsError.malformed(
                    "gateway.certificate", "names a file that cannot be read as PEM certificates")
            case .key:
                throw SettingsError.malformed("gateway.certificateKey", "names a file that cannot be read as a PEM key")
            case .mismatch:
                throw SettingsError.malformed("gateway.certificateKey", "is not the key of gateway.certificate")
            }
        }
    }

    /// Refuses a port that another process listens on, which the network library would say without its name.
    /// - Throws: ``SettingsError``.
    func checkFree(_ port: String, of host: String) throws {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(try text(host), String(try integer(port, in: 0...65_535)), &hints, &found) == 0, let found
        else {
            throw SettingsError.malformed(host, "names an address that cannot be resolved")
        }
        defer { freeaddrinfo(found) }
        let file = socket(found.pointee.ai_family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard file >= 0 else { return }
        defer { close(file) }
        var reuse: Int32 = 1
        setsockopt(file, SOL_SOCKET, SO_REUSEADDR, &reuse, socklen_t(MemoryLayout<Int32>.size))
        guard bind(file, found.pointee.ai_addr, found.pointee.ai_addrlen) != 0 else { return }
        switch errno {
        case EADDRINUSE: throw SettingsError.malformed(port, "names a port that another process listens on")
        case EACCES: throw SettingsError.malformed(port, "names a port that needs CAP_NET_BIND_SERVICE")
        case EADDRNOTAVAIL: throw SettingsError.malformed(host, "names an address that this machine does not have")
        default: throw SettingsError.malformed(port, "cannot be listened on (\(String(cString: strerror(errno))))")
        }
    }
}
