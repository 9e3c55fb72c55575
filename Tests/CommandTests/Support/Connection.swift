#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A blocking TCP connection to 127.0.0.1 that sends exactly the bytes it is given.
final class Connection {
    let descriptor: Int32
    private var received: [UInt8] = []

    /// Nothing listens on the port.
    struct Refused: Error {}
    /// The peer closed, or said nothing, before its answer was whole.
    struct NoAnswer: Error {}

    init(port: Int, receiveSeconds: Int = Patience.seconds) throws {
        let descriptor = Socket.make()
        self.descriptor = descriptor
        var wait = timeval(tv_sec: receiveSeconds, tv_usec: 0)
        // Each structure lives for the call that reads it.
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
        guard unsafe Socket.withAddress(port: port, { unsafe connect(descriptor, $0, $1) }) == 0 else {
            throw Refused()
        }
    }

    fileprivate init(accepted descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    func send(_ text: String) { send(Array(text.utf8)) }

    /// Sends all bytes; false when the peer has closed before it had them.
    @discardableResult func send(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            // The buffer lives through the call.
            let count = unsafe rest.withUnsafeBytes {
                unsafe systemSend(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// Ends the sending direction of the connection.
    func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Reads one answer by its Content-Length.
    func answer() throws -> Answer {
        while true {
            if let (answer, length) = Answer.parse(received) {
                received.removeFirst(length)
                return answer
            }
            guard fill() else { throw NoAnswer() }
        }
    }

    /// Reads the next request by its Content-Length; nil when the peer closes before it is whole.
    func request() -> [UInt8]? {
        while true {
            if let end = received.firstRange(of: Array("\r\n\r\n".utf8)) {
                let head = String(decoding: received[..<end.lowerBound], as: UTF8.self).lowercased()
                let length = head.firstMatch(of: #/content-length: *([0-9]+)/#).flatMap { Int($0.1) } ?? 0
                if received.count >= end.upperBound + length {
                    defer { received.removeFirst(end.upperBound + length) }
                    return Array(received.prefix(end.upperBound + length))
                }
            }
            guard fill() else { return nil }
        }
    }

    private func fill() -> Bool {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        // The buffer lives through the call, which writes at most its length.
        let count = unsafe chunk.withUnsafeMutableBytes {
            unsafe recv(descriptor, $0.baseAddress, $0.count, 0)
        }
        guard count > 0 else { return false }
        received += chunk.prefix(count)
        return true
    }
}

/// A port of this machine that is bound, so that the system assigns it to no other program, and that refuses
/// connections.
///
/// A program that binds to it by number gets it all the same.
final class ReservedPort: Sendable {
    let descriptor: Int32
    let number: Int

    init() throws {
        descriptor = Socket.make()
        number = Socket.bindToFreePort(descriptor)
    }

    /// From now on the port is in use.
    func listenOnIt() { listen(descriptor, 16) }

    /// The next connection; nil once the listener is closed.
    func accept() -> Connection? {
        let accepted = systemAccept(descriptor, nil, nil)
        return accepted < 0 ? nil : Connection(accepted: accepted)
    }

    func stopListening() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    deinit { close(descriptor) }
}

/// A port of 127.0.0.1 that drops what is sent to it, as a host behind a firewall does: nothing is accepted
/// there, and its queue is full.
final class MutePort: Sendable {
    private let descriptor: Int32
    private let waiting: [Int32]
    let number: Int

    init() {
        let listener = Socket.make()
        let port = Socket.bindToFreePort(listener)
        listen(listener, 0)
        waiting = (0..<8).map { _ in
            let descriptor = Socket.make()
            _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
            _ = unsafe Socket.withAddress(port: port) { unsafe connect(descriptor, $0, $1) }
            return descriptor
        }
        (descriptor, number) = (listener, port)
    }

    deinit { (waiting + [descriptor]).forEach { close($0) } }
}

private enum Socket {
    /// A TCP socket that programs started meanwhile do not inherit.
    static func make() -> Int32 {
        #if canImport(Darwin)
            let descriptor = socket(AF_INET, SOCK_STREAM, 0)
        #else
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        #endif
        precondition(descriptor >= 0, "The system has no sockets left.")
        return descriptor
    }

    static func withAddress(port: Int, _ call: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        // The address lives through the call; a sockaddr_in is made to be read as a sockaddr.
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe call($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    /// Binds to a port that another socket may be bound to as well, as long as only one of them listens.
    static func bindToFreePort(_ descriptor: Int32) -> Int {
        var on: Int32 = 1
        // Each value lives through its call.
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        let status = unsafe withAddress(port: 0) { unsafe bind(descriptor, $0, $1) }
        precondition(status == 0, "The system has no ports left.")
        return port(of: descriptor)
    }

    private static func port(of descriptor: Int32) -> Int {
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        // As above.
        _ = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe getsockname(descriptor, $0, &size)
            }
        }
        return Int(in_port_t(bigEndian: address.sin_port))
    }
}

/// `accept` by another name, as below.
private func systemAccept(
    _ socket: Int32, _ address: UnsafeMutablePointer<sockaddr>?, _ size: UnsafeMutablePointer<socklen_t>?
) -> Int32 {
    unsafe accept(socket, address, size)
}

/// `send` by another name, which the method of that name would hide.
private func systemSend(_ socket: Int32, _ bytes: UnsafeRawPointer?, _ count: Int, _ flags: Int32) -> Int {
    unsafe send(socket, bytes, count, flags)
}
