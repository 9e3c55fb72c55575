internal import CLibCurl

extension ClientFailure {
    /// Names the result of a transfer that failed.
    ///
    /// - Parameters:
    ///   - proxyStatus: What a proxy answered that was asked for a tunnel; 0 for nothing.
    ///   - detail: libcurl's own words. Used only where they name a host or a certificate, nothing else.
    init(result: CURLcode, proxyStatus: Int, detail: String) {
        if proxyStatus >= 300 {
            self.init(
                code: "proxy-failed", message: "The proxy refused the connection with status \(proxyStatus).")
            return
        }
        let sentence = ClientFailure.sentence(result)
        let text = ClientFailure.cleaned(detail)
        let withDetail = text.isEmpty ? sentence : "\(sentence) (\(text))"
        switch result {
        case CURLE_OPERATION_TIMEDOUT: self.init(code: "timeout", message: sentence)
        case CURLE_COULDNT_CONNECT: self.init(code: "could-not-connect", message: withDetail)
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY:
            self.init(code: "name-not-resolved", message: withDetail)
        case CURLE_PROXY: self.init(code: "proxy-failed", message: sentence)
        case CURLE_PEER_FAILED_VERIFICATION: self.init(code: "tls-failed", message: Self.untrusted(text))
        case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_ENGINE_INITFAILED,
            CURLE_USE_SSL_FAILED:
            self.init(code: "tls-failed", message: withDetail)
        case CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE, CURLE_HTTP2,
            CURLE_HTTP2_STREAM:
            self.init(code: "connection-lost", message: sentence)
        case CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING, CURLE_UNSUPPORTED_PROTOCOL:  // HTTP/0.9
            self.init(code: "response-invalid", message: sentence)
        case CURLE_BAD_FUNCTION_ARGUMENT:  // libcurl 7.88: a first header line that continues nothing
            self.init(code: "response-invalid", message: "The header of the response is malformed.")
        case CURLE_OUT_OF_MEMORY:  // what libcurl says of a header line over 100 KB
            self = .headerTooLarge
        case CURLE_URL_MALFORMAT: self = .invalid("The URL cannot be understood.")
        default: self.init(code: "other", message: sentence)
        }
    }

    /// The header is longer than any API's.
    static let headerTooLarge = ClientFailure(
        code: "response-too-large",
        message:
            "The header of the response is too large (over \(Transfer.headerBytesMax >> 10) KiB), as no API's is: "
            + "check the address and the proxies on the way.")

    /// What is wrong with the peer's certificate; where its authority is unknown, how it becomes known.
    private static func untrusted(_ detail: String) -> String {
        // libcurl's own sentence speaks of SSH keys.
        let fault = "The peer's certificate is not accepted." + (detail.isEmpty ? "" : " (\(detail))")
        guard detail.contains("self-signed") || detail.contains("issuer") else { return fault }
        return fault + " An authority that this machine does not know is made known with "
            + "update-ca-certificates."
    }

    private static func sentence(_ result: CURLcode) -> String {
        // A constant of the library.
        guard let text = unsafe curl_easy_strerror(result) else { return "The transfer failed." }
        return unsafe String(cString: text) + "."
    }

    /// One short line of printable characters.
    private static func cleaned(_ detail: String) -> String {
        let printable = detail.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }
        return String(printable.prefix(detailCharactersMax).map(Character.init))
    }

    private static let detailCharactersMax = 200
}
