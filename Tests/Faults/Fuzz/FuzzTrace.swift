import Foundation
import Glibc
import Rig

/// What a reader was given last, in a file that is mapped into memory: it outlives the process that wrote it, however
/// that ends, and costs no call of the system.
final class FuzzTrace {
    /// The longest input, in bytes.
    static let most = 1 << 20

    private static let head = 16
    private let memory: UnsafeMutableRawPointer

    /// - Parameter path: of the file, which is made if it is not there.
    init(_ path: String) throws {
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        defer { close(file) }
        let length = Self.head + Self.most
        guard file >= 0, ftruncate(file, length) == 0,
            let memory = mmap(nil, length, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0), memory != MAP_FAILED
        else { throw RigFailure.command("mmap \(path)", output: "errno \(errno)") }
        self.memory = memory
    }

    deinit { munmap(memory, Self.head + Self.most) }

    /// How many inputs were begun.
    var turns: UInt64 { memory.load(as: UInt64.self) }

    /// The last of them.
    var input: [UInt8] {
        let count = min(memory.load(fromByteOffset: 8, as: Int.self), Self.most)
        return [UInt8](UnsafeRawBufferPointer(start: memory + Self.head, count: max(0, count)))
    }

    /// Begins the next input.
    func begin(_ input: [UInt8]) {
        let count = min(input.count, Self.most)
        input.withUnsafeBytes {
            memory.advanced(by: Self.head).copyMemory(from: $0.baseAddress ?? .init(memory), byteCount: count)
        }
        memory.storeBytes(of: count, toByteOffset: 8, as: Int.self)
        memory.storeBytes(of: turns + 1, as: UInt64.self)
    }
}
