import CLibCurl

/// The owner of one curl handle.
struct CurlHandle: ~Copyable {
    let raw: UnsafeMutableRawPointer

    /// libcurl, curl_global_init(3): once, before anything else.
    private static let isReady = consilium_curl_start() == CURLE_OK

    /// Nil when the library cannot start.
    init?() {
        guard Self.isReady, let raw = curl_easy_init() else { return nil }
        self.raw = raw
    }

    deinit {
        curl_easy_cleanup(raw)
    }
}
