internal import Synchronization
internal import SystemThreads

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Glibc
#endif

/// A socket that listens on a free port, for servers to inherit.
final class RawListener {
    let port: Int
    private let descriptor: Int32

    init() throws {
        (descriptor, port) = try Self.open()
        guard listen(descriptor, 64) == 0 else { throw RawServer.NoPort() }
    }

    deinit { close(descriptor) }

    /// Another descriptor of it, which a server closes.
    func copy() -> Int32 { dup(descriptor) }

    /// A socket that is bound to a free port.
    static func open() throws -> (descriptor: Int32, port: Int) {
        #if canImport(Darwin)
            let descriptor = socket(AF_INET, SOCK_STREAM, 0)
        #else
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #endif
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        // The address lives through each call; a sockaddr_in is made to be read as a sockaddr.
        let status = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(descriptor, $0, size) | getsockname(descriptor, $0, &size)
            }
        }
        guard status == 0 else { throw RawServer.NoPort() }
        return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
    }
}

/// Answers each request on a connection with the next of the given byte sequences, then closes it.
///
/// A request is taken to end with its header: send none with a body. An answer without bytes is none: the
/// connection is closed, or stays silent when it is not the last.
final class RawServer: Sendable {
    let port: Int
    private let listener: Int32
    private let thread: SystemThread
    private let seen = Seen()

    /// The head of each request, in order.
    var heads: [String] { seen.heads.withLock { $0 } }

    private final class Seen: Sendable {
        let heads = Mutex<[String]>([])
    }

    struct NoPort: Error {}

    /// Starts a server on a free port.
    ///
    /// - Parameter isOnce: Whether it stops to listen before it closes the first connection.
    init(answers: [[UInt8]], isOnce: Bool = false) throws {
        let (listener, port) = try RawListener.open()
        guard listen(listener, 16) == 0 else { throw NoPort() }
        let thread = SystemThread { [seen] in
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { return }
                Self.serve(connection, answers, seen)
                if isOnce { shutdown(listener, Int32(SHUT_RDWR)) }
                close(connection)
            }
        }
        guard let thread else { throw NoPort() }
        self.listener = listener
        self.thread = thread
        self.port = port
    }

    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        thread.join()
    }

    deinit { close(listener) }

    private static func serve(_ connection: Int32, _ answers: [[UInt8]], _ seen: Seen) {
        for answer in answers {
            var (head, byte) = ([UInt8](), UInt8(0))
            while !head.suffix(4).elementsEqual(Array("\r\n\r\n".utf8)) {
                // One byte, which lives through the call.
                guard unsafe recv(connection, &byte, 1, 0) == 1 else { return }
                head.append(byte)
            }
            seen.heads.withLock { [head] in $0.append(String(decoding: head, as: UTF8.self)) }
            // The buffer lives through the call. Less than all of it is sent only to a peer that has gone.
            _ = unsafe answer.withUnsafeBytes {
                unsafe send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
        }
    }
}
