internal import CLinux

#if canImport(Musl)
    internal import Musl
#else
    internal import Glibc
#endif

/// What has become possible on a descriptor.
struct Readiness: Sendable {
    /// The number under which the descriptor was added.
    var id: UInt64
    var isReadable: Bool
    var isWritable: Bool
    /// What has come does not come with one read: behind it is the end of the stream, or a byte that is
    /// marked as urgent, and neither is said again.
    var needsReadingOn: Bool
    /// The peer has broken the connection off.
    var isBroken: Bool
}

/// Waits for many descriptors at once: epoll, edge-triggered for connections, so that each is added once.
@safe struct Poller: ~Copyable {
    private let epoll: Int32
    private let wakeUp: Int32
    private var events: [epoll_event]

    /// The number of what another thread wakes the poller with.
    private static let wakeID = UInt64.max
    private static let eventsMax = 512

    private init(epoll: Int32, wakeUp: Int32) {
        self.epoll = epoll
        self.wakeUp = wakeUp
        unsafe events = Array(repeating: epoll_event(), count: Self.eventsMax)
    }

    /// A poller that waits for nothing yet.
    static func make() throws(HTTPServerError) -> Poller {
        let epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard epoll >= 0 else { throw .failed(call: "epoll_create1", errno: errno) }
        let wakeUp = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard wakeUp >= 0 else {
            let code = errno
            close(epoll)
            throw .failed(call: "eventfd", errno: code)
        }
        let poller = Poller(epoll: epoll, wakeUp: wakeUp)
        guard poller.control(EPOLL_CTL_ADD, wakeUp, EPOLLIN.rawValue | EPOLLET.rawValue, wakeID) else {
            throw .failed(call: "epoll_ctl", errno: errno)
        }
        return poller
    }

    deinit {
        close(wakeUp)
        close(epoll)
    }

    /// The descriptor that wakes it: eight bytes written there end a ``wait(milliseconds:_:)``.
    var waker: Waker { Waker(descriptor: wakeUp) }

    /// Says of a connection whenever more has come or more can be sent.
    borrowing func add(connection: Int32, id: UInt64) -> Bool {
        control(
            EPOLL_CTL_ADD, connection,
            EPOLLIN.rawValue | EPOLLPRI.rawValue | EPOLLOUT.rawValue | EPOLLRDHUP.rawValue
                | EPOLLET.rawValue, id)
    }

    /// Says of a listening socket for as long as a connection waits there; of several pollers to one.
    borrowing func add(listener: Int32, id: UInt64) -> Bool {
        control(EPOLL_CTL_ADD, listener, EPOLLIN.rawValue | EPOLLEXCLUSIVE.rawValue, id)
    }

    borrowing func remove(_ descriptor: Int32) { _ = control(EPOLL_CTL_DEL, descriptor, 0, 0) }

    /// Waits until something is ready, or no longer than `milliseconds` (for ever when it is negative).
    mutating func wait(milliseconds: Int32, _ body: (Readiness) -> Void) {
        // As many as the array has room for; the kernel writes no more.
        let count = unsafe events.withUnsafeMutableBufferPointer {
            unsafe epoll_wait(epoll, $0.baseAddress, Int32($0.count), milliseconds)
        }
        for index in 0..<max(Int(count), 0) {
            let (flags, id) = unsafe (events[index].events, events[index].data.u64)
            // Edge-triggered: it need not be read to be silent again.
            guard id != Self.wakeID else { continue }
            body(
                Readiness(
                    id: id,
                    isReadable: flags & (EPOLLIN.rawValue | EPOLLPRI.rawValue | EPOLLRDHUP.rawValue) != 0,
                    isWritable: flags & EPOLLOUT.rawValue != 0,
                    needsReadingOn: flags & (EPOLLRDHUP.rawValue | EPOLLPRI.rawValue) != 0,
                    isBroken: flags & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0))
        }
    }

    private borrowing func control(_ operation: Int32, _ descriptor: Int32, _ flags: UInt32, _ id: UInt64)
        -> Bool
    {
        var event = unsafe epoll_event(events: flags, data: epoll_data_t(u64: id))
        // The kernel copies the event within the call.
        return unsafe epoll_ctl(epoll, operation, descriptor, &event) == 0
    }
}

/// Wakes a poller from another thread; valid for as long as the poller is.
struct Waker: Sendable {
    let descriptor: Int32

    func wake() {
        var one: UInt64 = 1
        // Should the counter be full, the poller is awake already.
        _ = unsafe write(descriptor, &one, MemoryLayout<UInt64>.size)
    }
}
