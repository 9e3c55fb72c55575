#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Glibc
#endif

/// The few system calls that this module makes by itself.
enum Libc {
    #if canImport(Darwin)
        private static let sendFlags = Int32(MSG_DONTWAIT)
    #else
        private static let sendFlags = Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)
    #endif

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

    /// Sends what fits without waiting, and never raises SIGPIPE.
    static func sendOnce(_ bytes: [UInt8], to socket: Int32) {
        // The buffer is the array's own for the length of the call.
        _ = unsafe bytes.withUnsafeBytes { buffer in
            unsafe send(socket, buffer.baseAddress, buffer.count, sendFlags)
        }
    }

    /// The address of the other end of a connected socket, as digits; empty where there is none.
    static func peerAddress(socket: Int32) -> String {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        // A sockaddr_storage is made to be read as a sockaddr; both buffers live through the calls.
        let status = unsafe withUnsafeMutablePointer(to: &storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                guard unsafe getpeername(socket, address, &size) == 0 else { return Int32(-1) }
                return unsafe getnameinfo(
                    address, size, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
            }
        }
        guard status == 0 else { return "" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The errno of the call that just failed on this thread.
    static var lastError: Int32 { errno }

    /// The text of an errno value.
    static func errorText(_ code: Int32) -> String {
        guard let text = unsafe strerror(code) else { return "error \(code)" }
        return unsafe String(cString: text)
    }
}
