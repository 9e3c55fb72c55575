internal import CLibSSL

/// OpenSSL's words for what went wrong.
enum TLSReason {
    /// The words for the oldest error of this thread, which is the cause of the others; the queue is emptied.
    ///
    /// They are OpenSSL's constants and never hold what a peer sent.
    static func last() -> String {
        let error = ERR_get_error()
        defer { ERR_clear_error() }
        guard error != 0, let words = unsafe ERR_reason_error_string(error) else { return "unknown reason" }
        return unsafe String(cString: words)
    }
}
