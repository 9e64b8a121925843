package import Clinic
package import HTTPServer
import NIOCore

extension Download {
    /// An iCalendar document.
    package init(calendar text: String, reads: [AuditRead]) {
        let bytes = ByteBuffer(string: text)
        self.init("text/calendar; charset=utf-8", length: bytes.readableBytes, reads: reads) { offset in
            AsyncStream { continuation in
                continuation.yield(ByteBuffer(bytes.readableBytesView.dropFirst(offset)))
                continuation.finish()
            }
        }
    }
}
