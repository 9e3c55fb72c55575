/// Why a server could not be started.
package enum HTTPServerError: Error, Sendable, Hashable, CustomStringConvertible {
    case addressInUse(host: String, port: Int)
    case addressInvalid(host: String, port: Int)
    case permissionDenied(host: String, port: Int)
    case notListening(descriptor: Int32)
    case failed(call: String, errno: Int32)

    /// The stable name used in logs and `--json`; added to, never renamed.
    package var code: String {
        switch self {
        case .addressInUse: "address-in-use"
        case .addressInvalid: "address-invalid"
        case .permissionDenied: "permission-denied"
        case .notListening: "not-listening"
        case .failed: "server-failed"
        }
    }

    /// One sentence that says what to do.
    package var description: String {
        switch self {
        case .addressInUse(let host, let port):
            "\(host):\(port) is taken by another process; stop that process or listen on another port."
        case .addressInvalid(let host, let port):
            "\(host):\(port) is not an address of this machine; listen on 127.0.0.1 or 0.0.0.0."
        case .permissionDenied(let host, let port):
            "\(host):\(port) is not permitted; take a port of 1024 up or grant CAP_NET_BIND_SERVICE."
        case .notListening(let descriptor):
            "Descriptor \(descriptor) is no stream socket that listens; check the socket unit."
        case .failed(let call, let errno):
            "The server could not start: \(call) failed (\(Libc.errorText(errno))); check its limits."
        }
    }
}
