internal import Testing

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Glibc
#endif

/// A blocking TCP connection to 127.0.0.1 that sends exactly the bytes it is given.
final class RawSocket {
    let descriptor: Int32
    private var received: [UInt8] = []

    struct NotConnected: Error {}

    struct Response: Equatable {
        var status: Int
        var headers: [String: String]
        var body: String
    }

    init(port: Int, receiveSeconds: Int = 15) throws {
        descriptor = socket(AF_INET, RawSocket.streamType, 0)
        try #require(descriptor >= 0)
        var wait = timeval(tv_sec: receiveSeconds, tv_usec: 0)
        // Each structure lives for the call that reads it.
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let status = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { throw NotConnected() }
    }

    deinit { close(descriptor) }

    func send(_ text: String) { send(Array(text.utf8)) }

    /// Sends all bytes; stops when the peer has closed.
    @discardableResult func send(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            // Within bounds: `sent` is less than the count.
            let count = unsafe bytes[sent...].withUnsafeBytes { buffer in
                unsafe systemSend(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    /// Sends one byte that TCP marks as urgent.
    func sendUrgent(_ byte: UInt8) {
        var byte = byte
        // One byte, which lives through the call.
        _ = unsafe systemSend(descriptor, &byte, 1, Int32(MSG_NOSIGNAL | MSG_OOB))
    }

    func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Reads one response by its Content-Length; nil when the peer closed (or stayed silent) before it was
    /// whole.
    func receive(withBody: Bool = true) -> Response? {
        while true {
            if let response = parse(withBody: withBody) { return response }
            guard fill() else { return nil }
        }
    }

    /// What comes until it ends with `end`, or until the peer closes or stays silent.
    func receiveText(until end: String) -> String {
        while !received.suffix(end.utf8.count).elementsEqual(end.utf8), fill() {}
        defer { received = [] }
        return String(decoding: received, as: UTF8.self)
    }

    /// Whether the peer closes without sending any more.
    func isClosedByPeer() -> Bool { received.isEmpty && !fill() && lastReadEnded }

    private var lastReadEnded = false

    private func fill() -> Bool {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe chunk.withUnsafeMutableBytes {
            unsafe recv(descriptor, $0.baseAddress, $0.count, 0)
        }
        lastReadEnded = count == 0 || (count < 0 && errno == ECONNRESET)
        guard count > 0 else { return false }
        received += chunk.prefix(count)
        return true
    }

    private func parse(withBody: Bool) -> Response? {
        guard let end = received.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let lines = String(decoding: received[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = parts.count > 1 ? String(parts[1].drop { $0 == " " }) : ""
        }
        let status = Int(lines[0].split(separator: " ")[1]) ?? 0
        let length = withBody && status != 100 ? Int(headers["content-length"] ?? "0") ?? 0 : 0
        guard received.count >= end.upperBound + length else { return nil }
        let body = String(decoding: received[end.upperBound..<end.upperBound + length], as: UTF8.self)
        received.removeFirst(end.upperBound + length)
        return Response(status: status, headers: headers, body: body)
    }

    #if canImport(Darwin)
        private static let streamType = SOCK_STREAM
    #else
        private static let streamType = Int32(SOCK_STREAM.rawValue)
    #endif
}

/// `send` by another name, which the method of that name would hide.
private func systemSend(_ socket: Int32, _ bytes: UnsafeRawPointer?, _ count: Int, _ flags: Int32) -> Int {
    unsafe send(socket, bytes, count, flags)
}
