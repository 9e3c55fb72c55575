internal import Synchronization

/// An answer whose body comes piece by piece, such as server-sent events.
///
/// Usable from any thread. It ends with ``end()``, when it is let go, when the client goes or takes nothing
/// for ``ServerLimits/idleSeconds``, or when the server stops.
package final class ServerStream: Sendable {
    /// What became of a piece.
    package enum Sent: Sendable, Hashable {
        /// It is on its way.
        case taken
        /// The client is behind by ``ServerLimits/streamBytesMax``: try again when there is room, or leave it
        /// out.
        case full
        /// Nothing more can be sent.
        case ended
    }

    private let reply: ServerReply
    private let link: StreamLink

    init(_ reply: ServerReply, _ link: StreamLink) {
        self.reply = reply
        self.link = link
    }

    /// Sends a piece; an empty one is none.
    package func send(_ bytes: [UInt8]) -> Sent {
        link.admit(bytes.count) { reply.hand(.piece(bytes)) }
    }

    /// Ends the answer; what was taken is still sent.
    package func end() {
        if link.end() { reply.hand(.endOfStream) }
    }

    /// Whether more can be sent, now or later.
    package var isOpen: Bool { link.isOpen }

    deinit { end() }
}

/// What a stream's owner and the loop share: how much is on its way.
final class StreamLink: Sendable {
    private struct State {
        var isOpen = true
        /// Bytes that were taken and that the system has not.
        var unsentBytes = 0
        /// Whether a piece was refused since there was room last.
        var isAwaited = false
    }

    private let bytesMax: Int
    private let onRoom: @Sendable () -> Void
    private let state = Mutex(State())

    init(bytesMax: Int, onRoom: @escaping @Sendable () -> Void) {
        self.bytesMax = bytesMax
        self.onRoom = onRoom
    }

    var isOpen: Bool { state.withLock { $0.isOpen } }

    /// Takes `count` bytes on, and hands them over under the lock, so that pieces keep their order.
    func admit(_ count: Int, _ hand: () -> Void) -> ServerStream.Sent {
        state.withLock { state in
            guard state.isOpen else { return .ended }
            // A piece that is longer than the bound goes by itself.
            guard state.unsentBytes == 0 || state.unsentBytes + count <= bytesMax else {
                state.isAwaited = true
                return .full
            }
            state.unsentBytes += count
            if count > 0 { hand() }
            return .taken
        }
    }

    /// Takes nothing more; whether it did until now.
    func end() -> Bool {
        state.withLock { state in
            defer { state.isOpen = false }
            return state.isOpen
        }
    }

    /// The system has taken so many bytes of pieces.
    func sent(_ count: Int) {
        let isAwaited = state.withLock { state in
            state.unsentBytes -= count
            defer { state.isAwaited = false }
            return state.isAwaited
        }
        if isAwaited { onRoom() }
    }

    /// The connection is gone, or the answer was never begun.
    func abandon() {
        if end() { onRoom() }
    }
}
