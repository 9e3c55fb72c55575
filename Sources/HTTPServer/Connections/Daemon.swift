internal import CMicroHTTPD

/// Owns a running libmicrohttpd daemon, which is stopped and freed when its owner lets it go.
///
/// `@unchecked Sendable`: the library lets any thread quiesce and stop a daemon; one owner does each once.
@safe struct Daemon: ~Copyable, @unchecked Sendable {
    private let handle: OpaquePointer
    private let context: Unmanaged<ServerCore>

    /// Starts serving on `socket`; nil with errno set when that failed.
    init?(core: ServerCore, socket: Int32) {
        let limits = core.limits
        // The daemon's threads use it until MHD_stop_daemon() returns; deinit releases it after that.
        let context = unsafe Unmanaged.passRetained(core)
        var configuration = unsafe CMicroHTTPD_Configuration()
        unsafe configuration.flags = Daemon.flags
        unsafe configuration.listen_socket = socket
        unsafe configuration.threads = UInt32(clamping: limits.threads)
        unsafe configuration.connections_max = UInt32(clamping: limits.connectionsMax)
        unsafe configuration.idle_seconds = UInt32(clamping: limits.idleSeconds)
        unsafe configuration.connection_bytes_max = limits.headerBytesMax * Daemon.memoryPerHeaderByte
        unsafe configuration.connection_bytes_step = Daemon.growthBytes
        unsafe configuration.strict = 0  // what it would refuse is refused here, in our words
        unsafe configuration.access = Callbacks.access
        unsafe configuration.completed = Callbacks.completed
        unsafe configuration.notify = Callbacks.notify
        unsafe configuration.target = Callbacks.target
        unsafe configuration.context = context.toOpaque()
        guard let handle = unsafe CMicroHTTPD_start(&configuration) else {
            unsafe context.release()
            return nil
        }
        unsafe self.handle = handle
        unsafe self.context = context
    }

    /// Stops accepting; the listening socket stays with its owner.
    borrowing func quiesce() { _ = unsafe MHD_quiesce_daemon(handle) }

    deinit {
        unsafe MHD_stop_daemon(handle)  // joins its threads; no callback runs after it
        unsafe context.release()
    }

    /// Threads of the library that wait with `poll()`.
    ///
    /// Not epoll: libmicrohttpd 0.9.75 uses it edge-triggered and loses edges. The end of a stream that came
    /// with data went unseen, and with 900 connections suspended and resumed one in ten runs left a request
    /// unread.
    private static var flags: UInt32 {
        MHD_USE_INTERNAL_POLLING_THREAD.rawValue | MHD_USE_POLL.rawValue | MHD_ALLOW_SUSPEND_RESUME.rawValue
    }

    /// The library keeps the header block, an index of it and the head of the response in one piece of
    /// memory.
    private static let memoryPerHeaderByte = 2
    private static let growthBytes = 8_192
}
