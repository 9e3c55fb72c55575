#if canImport(Musl)
    internal import Musl
#else
    internal import Glibc
#endif

/// A connected socket that never blocks; closed when it is let go.
struct Socket: ~Copyable {
    let descriptor: Int32

    /// What became of an attempt to read or write.
    enum Outcome {
        case bytes(Int)
        /// Nothing for now.
        case later
        /// The peer has ended its side, or the connection is broken.
        case ended
    }

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
        var on: Int32 = 1
        let size = UInt32(MemoryLayout<Int32>.size)
        // An answer is one write: nothing is to be gathered, and the peer's acknowledgement not waited for.
        _ = unsafe setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, size)
        // A byte that is marked as urgent would leave the stream, and what is read be another request than
        // what others on its way have read.
        _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_OOBINLINE, &on, size)
    }

    deinit { close(descriptor) }

    /// Reads what fits into `buffer`.
    borrowing func read(_ buffer: inout [UInt8]) -> Outcome {
        // The kernel writes at most as many bytes as the array has.
        let count = uninterrupted {
            unsafe buffer.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
        }
        return count == 0 ? .ended : outcome(count)
    }

    /// Sends what the system takes of `bytes` from `start` on.
    borrowing func write(_ bytes: [UInt8], from start: Int) -> Outcome {
        // The rest of the array, which lives through the call.
        let count = uninterrupted {
            unsafe bytes.withUnsafeBytes {
                let rest = unsafe UnsafeRawBufferPointer(rebasing: $0[start...])
                return unsafe send(descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
            }
        }
        return outcome(count)
    }

    /// Whether something waits to be read; the end of the stream does not count.
    borrowing func hasUnread() -> Bool {
        var byte: UInt8 = 0
        // One byte, which lives through the call and stays in the socket.
        return unsafe recv(descriptor, &byte, 1, Int32(MSG_PEEK)) > 0
    }

    /// Sends nothing more; what the peer still sends can be read.
    borrowing func endSending() { _ = shutdown(descriptor, Int32(SHUT_WR)) }

    /// The result of a call, made again where a signal came first: the poller would not speak of it again.
    private borrowing func uninterrupted(_ call: () -> Int) -> Int {
        while true {
            let count = call()
            if count >= 0 || errno != EINTR { return count }
        }
    }

    private borrowing func outcome(_ count: Int) -> Outcome {
        guard count < 0 else { return .bytes(count) }
        return errno == EAGAIN || errno == EWOULDBLOCK ? .later : .ended
    }
}
