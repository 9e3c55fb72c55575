internal import CLinux

#if canImport(Musl)
    internal import Musl
#else
    internal import Glibc
#endif

/// The few system calls that this module makes by itself.
enum Libc {
    /// Milliseconds of a clock that never goes back; its origin means nothing.
    static func monotonicMilliseconds() -> Int {
        var now = timespec()
        // The pointer lives for the call; the clock always exists, so the result needs no check.
        _ = unsafe clock_gettime(CLOCK_MONOTONIC, &now)
        return now.tv_sec * 1_000 + now.tv_nsec / 1_000_000
    }

    /// Sleeps for about `milliseconds`; a signal may end it early.
    static func sleep(milliseconds: Int) {
        usleep(UInt32(clamping: milliseconds * 1_000))
    }

    /// Ends both directions of a connected socket; its owner sees the end and closes it.
    static func shutDown(socket: Int32) {
        _ = shutdown(socket, Int32(SHUT_RDWR))
    }

    /// What became of an attempt to accept a connection.
    enum Accepted {
        case accepted(Int32, peer: String)
        /// No connection waits, or the one that did has gone.
        case none
        /// The process or the system has no descriptor or no memory left.
        case exhausted
    }

    /// Accepts one connection that never blocks.
    static func accept(_ listener: Int32) -> Accepted {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        // A sockaddr_storage is made to be read as a sockaddr; it lives through the calls.
        return unsafe withUnsafeMutablePointer(to: &storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                var descriptor: Int32
                // A signal, or one that has gone since: others may wait.
                repeat {
                    descriptor = unsafe accept4(
                        listener, address, &size, Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue))
                } while descriptor < 0 && (errno == EINTR || errno == ECONNABORTED)
                guard descriptor >= 0 else {
                    return [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(errno) ? .exhausted : .none
                }
                return unsafe .accepted(descriptor, peer: text(address, size))
            }
        }
    }

    /// The address as digits; empty where there is none, as with a local socket.
    private static func text(_ address: UnsafePointer<sockaddr>, _ size: socklen_t) -> String {
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        // Both live through the call.
        let status = unsafe getnameinfo(
            address, size, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
        guard status == 0 else { return "" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The 4 or 16 bytes of an address in digits; nil for anything else.
    ///
    /// An IPv4 address that is written as IPv6 has its 4.
    static func addressBytes(_ text: String) -> [UInt8]? {
        // inet_pton reads a C string, which ends at a NUL.
        guard !text.utf8.contains(0) else { return nil }
        var bytes = [UInt8](repeating: 0, count: 16)
        // Each writes at most the 16 bytes that there are.
        if unsafe inet_pton(AF_INET, text, &bytes) == 1 { return Array(bytes[..<4]) }
        guard unsafe inet_pton(AF_INET6, text, &bytes) == 1 else { return nil }
        let isMapped = bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
        return isMapped ? Array(bytes[12...]) : bytes
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    static func unixSeconds() -> Int { time(nil) }

    /// The time as `Date` has it, such as `Sun, 06 Nov 1994 08:49:37 GMT`.
    static func httpDate(_ unixSeconds: Int) -> [UInt8] {
        var seconds = unixSeconds
        var parts = unsafe tm()
        var text = [CChar](repeating: 0, count: 64)
        // The structures live through the calls; strftime writes no more than the array has room for. The
        // process has the locale "C" unless it asks for another, which this one does not.
        let count =
            unsafe gmtime_r(&seconds, &parts) == nil
            ? 0
            : strftime(&text, text.count, "%a, %d %b %Y %H:%M:%S GMT", &parts)
        return text.prefix(count).map { UInt8(bitPattern: $0) }
    }

    /// The errno of the call that just failed on this thread.
    static var lastError: Int32 { errno }

    /// The text of an errno value.
    static func errorText(_ code: Int32) -> String {
        guard let text = unsafe strerror(code) else { return "error \(code)" }
        return unsafe String(cString: text)
    }
}
