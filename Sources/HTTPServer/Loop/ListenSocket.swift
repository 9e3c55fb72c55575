#if canImport(Musl)
    internal import Musl
#else
    internal import Glibc
#endif

/// A socket that listens, whose failure to be made has its reason.
struct ListenSocket: ~Copyable, Sendable {
    let descriptor: Int32
    /// 0 for a local socket.
    let port: Int
    /// Whether what waits to be accepted is another server's to answer.
    let isShared: Bool

    /// Listens at `place`.
    init(_ place: ListenPlace) throws(HTTPServerError) {
        let (opened, isShared) = try ListenSocket.open(place)
        (descriptor, port) = opened
        self.isShared = isShared
    }

    deinit { close(descriptor) }

    private static func open(
        _ place: ListenPlace
    ) throws(HTTPServerError) -> (opened: (Int32, Int), isShared: Bool) {
        switch place {
        case .address(let host, let port):
            guard (0...65_535).contains(port) else { throw .addressInvalid(host: host, port: port) }
            return (try open(host: host, port: port), false)
        case .inherited(let descriptor): return (try adopt(descriptor), true)
        }
    }

    /// Makes a socket that listens already ready for a loop.
    private static func adopt(_ descriptor: Int32) throws(HTTPServerError) -> (Int32, Int) {
        var (isListening, type, size) = (Int32(0), Int32(0), socklen_t(MemoryLayout<Int32>.size))
        // They live through the calls.
        guard
            unsafe getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &isListening, &size) == 0,
            unsafe getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &size) == 0,
            isListening != 0, type == streamType
        else { throw .notListening(descriptor: descriptor) }
        try prepare(descriptor)
        return (descriptor, try boundPort(of: descriptor))
    }

    private static func prepare(_ descriptor: Int32) throws(HTTPServerError) {
        guard fcntl(descriptor, F_SETFL, O_NONBLOCK) == 0, fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0 else {
            throw .failed(call: "fcntl", errno: errno)
        }
    }

    private static func open(host: String, port: Int) throws(HTTPServerError) -> (Int32, Int) {
        var hints = unsafe addrinfo()
        unsafe hints.ai_flags = AI_PASSIVE
        unsafe hints.ai_socktype = streamType
        var list: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(host, String(port), &hints, &list) == 0, let first = unsafe list else {
            throw .addressInvalid(host: host, port: port)
        }
        defer { unsafe freeaddrinfo(list) }
        // `first` is alive until freeaddrinfo above.
        let descriptor = unsafe socket(first.pointee.ai_family, streamType, 0)
        guard descriptor >= 0 else { throw .failed(call: "socket", errno: errno) }
        do throws(HTTPServerError) {
            var on: Int32 = 1
            _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, UInt32(MemoryLayout<Int32>.size))
            guard unsafe bind(descriptor, first.pointee.ai_addr, first.pointee.ai_addrlen) == 0 else {
                throw bindFailure(errno, host: host, port: port)
            }
            try prepare(descriptor)
            guard listen(descriptor, backlog) == 0 else { throw bindFailure(errno, host: host, port: port) }
            return (descriptor, try boundPort(of: descriptor))
        } catch {
            close(descriptor)
            throw error
        }
    }

    private static func bindFailure(_ code: Int32, host: String, port: Int) -> HTTPServerError {
        switch code {
        case EADDRINUSE: .addressInUse(host: host, port: port)
        case EACCES, EPERM: .permissionDenied(host: host, port: port)
        case EADDRNOTAVAIL: .addressInvalid(host: host, port: port)
        default: .failed(call: "bind", errno: code)
        }
    }

    private static func boundPort(of descriptor: Int32) throws(HTTPServerError) -> Int {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let port: UInt16? = unsafe withUnsafeMutablePointer(to: &storage) { pointer in
            // sockaddr_storage is made to be read as each of these; the port stands at one place in both.
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                guard unsafe getsockname(descriptor, address, &size) == 0 else { return nil }
                guard unsafe [AF_INET, AF_INET6].contains(Int32(address.pointee.sa_family)) else { return 0 }
                return unsafe address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                    unsafe $0.pointee.sin_port
                }
            }
        }
        guard let port else { throw .failed(call: "getsockname", errno: errno) }
        return Int(UInt16(bigEndian: port))
    }

    /// Connections that wait to be accepted.
    private static let backlog: Int32 = 1_024

    private static let streamType = Int32(SOCK_STREAM.rawValue)
}
