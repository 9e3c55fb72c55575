internal import Synchronization
internal import SystemThreads

/// An HTTP/1.1 server.
///
/// Serves from the moment it is started until ``stop(graceSeconds:)`` or until it is let go.
package final class HTTPServer: Sendable {
    /// The port it listens on: the one asked for, or the free one that was found for 0; 0 for a local socket.
    package let port: Int

    private let core: ServerCore
    private let running: Mutex<Running?>

    private struct Running: ~Copyable, Sendable {
        let socket: ListenSocket
        let loops: [(outbox: Outbox, thread: SystemThread)]
    }

    private init(core: ServerCore, running: consuming Running) {
        self.core = core
        port = running.socket.port
        self.running = Mutex(running)
    }

    /// Starts serving at an address.
    package static func start(
        host: String, port: Int, tls: TLSContext? = nil, limits: ServerLimits = ServerLimits(),
        handler: any ServerHandler
    ) throws(HTTPServerError) -> HTTPServer {
        try start(at: .address(host: host, port: port), tls: tls, limits: limits, handler: handler)
    }

    /// Starts serving.
    ///
    /// - Parameters:
    ///   - place: Where it listens.
    ///   - tls: What connections are encrypted with; nil for none.
    ///   - limits: What it accepts at most.
    ///   - handler: What answers.
    package static func start(
        at place: ListenPlace, tls: TLSContext? = nil, limits: ServerLimits = ServerLimits(),
        handler: any ServerHandler
    ) throws(HTTPServerError) -> HTTPServer {
        let core = ServerCore(handler: handler, limits: limits, tls: tls)
        let socket = try ListenSocket(place)
        var loops: [(outbox: Outbox, thread: SystemThread)] = []
        do throws(HTTPServerError) {
            for _ in 0..<min(max(limits.threads, 1), 16) {
                loops.append(try startLoop(core, socket.descriptor, sharesListener: socket.isShared))
            }
        } catch {
            core.enter(.closing)
            end(loops)
            throw error
        }
        return HTTPServer(core: core, running: Running(socket: socket, loops: loops))
    }

    private static func startLoop(
        _ core: ServerCore, _ listener: Int32, sharesListener: Bool
    ) throws(HTTPServerError) -> (outbox: Outbox, thread: SystemThread) {
        // The loop is its thread's alone; what other threads have of it is the outbox.
        let handover = LoopHandover(
            try ServerLoop(core: core, listener: listener, sharesListener: sharesListener))
        let outbox = handover.outbox
        guard let thread = SystemThread(body: { handover.run() }) else {
            throw .failed(call: "pthread_create", errno: Libc.lastError)
        }
        return (outbox, thread)
    }

    private static func end(_ loops: [(outbox: Outbox, thread: SystemThread)]) {
        for loop in loops { loop.outbox.wake() }
        for loop in loops { loop.thread.join() }
    }

    /// Encrypts new connections with another certificate; those that are open keep theirs.
    ///
    /// For a server that was started with one.
    package func replace(tls: TLSContext) { core.tls.withLock { $0 = tls } }

    /// What is going on right now; cheap enough for every scrape of the metrics.
    package var counters: ServerCounters {
        ServerCounters(
            openConnections: core.openConnections.load(ordering: .relaxed),
            requestsInFlight: core.requestsInFlight.load(ordering: .relaxed))
    }

    /// Stops: accepts nothing more from now on, answers what connected before for at most `graceSeconds`, the
    /// rest with ``ServerRefusal/draining``, then closes.
    ///
    /// Returns when all threads have ended; a second call returns at once. Must not be called from the
    /// handler.
    package func stop(graceSeconds: Int) {
        running.withLock { running in
            guard let ending = running.take() else { return }
            core.expectantLoops.store(ending.loops.count, ordering: .relaxed)
            core.enter(.draining)
            for loop in ending.loops { loop.outbox.wake() }
            waitUntilIdle(milliseconds: graceSeconds * 1_000)
            core.enter(.closing)
            HTTPServer.end(ending.loops)
        }
    }

    deinit { stop(graceSeconds: 0) }

    private func waitUntilIdle(milliseconds: Int) {
        let end = Libc.monotonicMilliseconds() + milliseconds
        while core.isExpectant, Libc.monotonicMilliseconds() < end {
            Libc.sleep(milliseconds: HTTPServer.idleCheckMilliseconds)
        }
    }

    private static let idleCheckMilliseconds = 2
}

/// What a server is busy with.
package struct ServerCounters: Sendable, Hashable {
    /// Connections that are open, idle ones included.
    package var openConnections: Int
    /// Requests whose head has come in and whose answer has not gone out.
    package var requestsInFlight: Int

    /// Creates counters, as a test needs them.
    package init(openConnections: Int, requestsInFlight: Int) {
        self.openConnections = openConnections
        self.requestsInFlight = requestsInFlight
    }
}

/// Carries a loop to its thread.
///
/// `@unchecked Sendable`: the loop is used by the one thread that runs it, and by none before.
private final class LoopHandover: @unchecked Sendable {
    private let loop: ServerLoop
    let outbox: Outbox

    init(_ loop: ServerLoop) {
        self.loop = loop
        outbox = loop.outbox
    }

    func run() { loop.run() }
}
