import CLibCurl

/// The owner of one curl handle.
struct CurlHandle: ~Copyable {
    let raw: UnsafeMutableRawPointer

    /// libcurl, curl_global_init(3): once, before anything else.
    private static let isReady = consilium_curl_start() == CURLE_OK

    /// Nil when the library cannot start.
    init?() {
        guard let raw = Self.start() else { return nil }
        self.raw = raw
    }

    /// A handle that is the caller's to clean up; nil when the library cannot start.
    static func start() -> UnsafeMutableRawPointer? { isReady ? curl_easy_init() : nil }

    deinit {
        curl_easy_cleanup(raw)
    }
}
