/// One connection, and where the request stands that it is busy with.
///
/// Belongs to the thread of its loop alone. It answers one request after the other: while one is handled
/// nothing more is read, so a client that goes on sending is held back by the system.
final class Connection {
    enum Stage: Equatable {
        /// A request is awaited, or comes in.
        case receiving
        /// The handler has the request.
        case handling
        /// The answer comes piece by piece.
        case streaming
        /// The last answer is out; what the client still sends is passed over, so that it reads the answer
        /// rather than a reset.
        case lingering
    }

    let id: UInt64
    let socket: Socket
    /// What its bytes are encrypted with; nil for a connection without TLS.
    var tls: TLSSession?
    /// Whether the handshake is not over.
    var isHandshaking: Bool
    /// How many bytes of the handshake have come.
    var handshakeBytes = 0
    /// The address of the other side.
    let peer: String
    /// The addresses that it is counted with; nil where it is not counted.
    let group: String?
    /// Whom the request comes from: the peer, or the one that a trusted proxy names.
    var client: String
    var parser: RequestParser
    var input = InputBuffer()
    var stage = Stage.receiving
    /// Counts the requests, so that an answer that comes too late finds another request in its place.
    var sequence = 0

    // MARK: The request

    /// The head of the request, while there is one.
    var head: RequestHead?
    var control: MessageControl?
    /// Whether the request is answered and the rest of its body passed over.
    var isAnsweredEarly = false

    // MARK: The answer

    /// What is to be sent, and how much of it is.
    var output: [UInt8] = []
    var sent = 0
    /// Whether the connection ends when `output` is sent.
    var isLast = false

    /// An answer that comes piece by piece.
    struct Stream {
        let link: StreamLink
        /// Whether each piece is a chunk; else the body ends with the connection.
        let isChunked: Bool
        /// Bytes of pieces that are in `output`.
        var unsentBytes = 0
    }

    var stream: Stream?

    // MARK: The socket

    /// Whether something may have come; the poller says so of what was there when the connection was added,
    /// too.
    var mayRead = false
    var mayWrite = true
    /// Whether there may be more behind what one read gives, although that was less than there is room for.
    var needsReadingOn = false
    /// Whether the client has ended its side; what it sent before is answered.
    var hasEnded = false
    /// Whether it waits in the loop's list for its next turn.
    var isListed = false

    // MARK: Times, in milliseconds of the loop's clock

    /// When the stage, or the wait for a request, began.
    var since: Int
    /// When the first byte of the request came.
    var beganAt: Int?
    /// When its head was whole.
    var headAt: Int?
    /// How many bytes of its body have come, the framing of chunks not counted, and when the last of them.
    private(set) var bodyBytes = 0
    private(set) var bodyAt: Int?
    /// How many bytes of its request are in the loop's ``UnfinishedBudget``.
    var budgetedBytes = 0
    var discarded = 0

    init(
        id: UInt64, socket: consuming Socket, tls: TLSSession?, peer: String, group: String?,
        limits: ServerLimits, now: Int
    ) {
        self.id = id
        self.socket = socket
        self.tls = tls
        isHandshaking = tls != nil
        self.peer = peer
        self.group = group
        client = peer
        parser = RequestParser(limits: limits)
        since = now
    }

    /// Whether everything is sent.
    var isFlushed: Bool { sent == output.count }

    /// Whether nothing of a request has come, as far as the poller has said.
    private var isIdle: Bool { stage == .receiving && beganAt == nil && isFlushed && !mayRead }

    /// Notes how much of the body has come.
    func noteBody(now: Int) {
        guard parser.bodyBytesRead > bodyBytes else { return }
        (bodyBytes, bodyAt) = (parser.bodyBytesRead, now)
    }

    /// How soon it has to make room for another connection, the lowest first; nil while a handler has its
    /// request, or what has come is not looked at yet.
    ///
    /// What loses nothing goes first: connections that never asked for anything, then idle ones, then those
    /// whose answer is out. Requests that come in are the last, by their age alone, as a stranger can have
    /// any of their forms; a new connection counts as one of them until its first byte is overdue.
    func dispensability(now: Int, _ limits: ServerLimits) -> Int? {
        switch stage {
        case .handling, .streaming: nil
        case .lingering: 2
        case .receiving where isHandshaking && handshakeBytes > 0: 4
        case .receiving where !isFlushed: 3
        case .receiving where isIdle && sequence > 0: 1
        case .receiving where isIdle: now - since < limits.firstByteSeconds * 1_000 ? 4 : 0
        case .receiving where beganAt == nil: nil
        case .receiving: 4
        }
    }

    /// Whether a request is on its way: it has begun, or the connection is new, or was busy until now.
    func isExpectant(now: Int, _ limits: ServerLimits) -> Bool {
        guard stage == .receiving, !isLast else { return false }
        let patience = sequence == 0 ? limits.firstByteSeconds * 1_000 : Self.pauseMilliseconds
        return beganAt != nil || mayRead || now - since < patience
    }

    /// How long a client that sends one request after the other may pause between them, in milliseconds.
    private static let pauseMilliseconds = 300

    /// Whether a request has begun and is not whole.
    var isAmidRequest: Bool {
        stage == .receiving && !isLast && !isAnsweredEarly && parser.isAmidRequest(input)
    }

    /// The next request may come.
    func endRequest(now: Int) {
        sequence += 1
        client = peer
        (head, control, isAnsweredEarly) = (nil, nil, false)
        (beganAt, headAt, bodyBytes, bodyAt) = (nil, nil, 0, nil)
        stage = .receiving
        since = now
    }

    /// Adds an answer to what is to be sent.
    func enqueue(_ bytes: [UInt8]) { enqueue(wire: tls?.seal(bytes) ?? bytes) }

    /// Adds bytes to what is to be sent as they are.
    func enqueue(wire: [UInt8]) {
        guard !isFlushed else { return (output, sent) = (wire, 0) }
        // What is sent leaves, so that a stream that is never done with sending does not grow.
        output.removeFirst(sent)
        sent = 0
        output += wire
    }

    /// Sends what the system takes.
    ///
    /// - Returns: False when the connection is broken.
    func flush(now: Int) -> Bool {
        while mayWrite, !isFlushed {
            switch socket.write(output, from: sent) {
            case .bytes(let count):
                sent += count
                // A client that takes a long answer slowly is not idle.
                if stage == .receiving || stage == .streaming { since = now }
            case .later: mayWrite = false
            case .ended: return false
            }
        }
        if isFlushed, !output.isEmpty {
            (output, sent) = ([], 0)
        }
        return true
    }
}
