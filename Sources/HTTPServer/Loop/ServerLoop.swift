internal import Synchronization

/// The thread that serves a share of the connections: it waits, reads, hands requests over, sends answers.
///
/// Nothing here waits for anything but the poller, so an answer is never late because of another request.
final class ServerLoop {
    let core: ServerCore
    let outbox: Outbox
    var poller: Poller
    var table = ConnectionTable()
    /// The connections that have more to read than one turn allows, or whose answer has gone out.
    private var ready: [Connection] = []
    private var handshakeQueue = HandshakeQueue()
    var clock = LoopClock()
    private var budget = UnfinishedBudget()
    let listener: Int32
    /// Whether what waits to be accepted is another server's to answer.
    let sharesListener: Bool
    /// Whether the server drains and something may still come.
    private var isExpectant = true
    var acceptsAgainAt: Int?
    var isListening = true
    var scratch = [UInt8](repeating: 0, count: 16_384)
    /// Room for what a record holds.
    var plain: [UInt8]
    /// How many connections have not ended their handshake.
    var handshakes = 0
    /// Whether the handler was given a request in this turn.
    var hasHandedOver = false
    private var letters: [Outbox.Letter] = []
    /// How many answers come piece by piece.
    var streams = 0
    private var nextSweep = 0
    /// How many connections had to go since that was said last, and when it may be said again.
    var crowd = (closed: 0, nextAt: Int.min)
    /// When the last connection has to be gone.
    private var closesBy: Int?

    /// The number under which the listening socket is known.
    static let listenerID = UInt64.max - 1
    /// How late a limit of time may strike, in milliseconds.
    static let sweepMilliseconds = 100
    /// After so many milliseconds of handshakes the requests of others have their turn.
    private static let handshakeMilliseconds = 2

    init(core: ServerCore, listener: Int32, sharesListener: Bool) throws(HTTPServerError) {
        self.core = core
        self.sharesListener = sharesListener
        self.listener = listener
        plain = Array(repeating: 0, count: core.tls.withLock { $0 } == nil ? 0 : TLSSession.recordBytesMax)
        let poller = try Poller.make()
        outbox = Outbox(poller.waker)
        guard poller.add(listener: listener, id: Self.listenerID) else {
            throw .failed(call: "epoll_ctl", errno: Libc.lastError)
        }
        self.poller = poller
    }

    /// Serves until the server closes.
    func run() {
        while core.phase != .closing || table.count > 0 {
            var found: [Readiness] = []
            poller.wait(milliseconds: patience) { found.append($0) }
            clock.update()
            // New connections last: what has come on an idle one is seen before it might have to make room.
            for readiness in found where readiness.id != Self.listenerID { take(readiness) }
            deliverLetters()
            serveReady()
            serveHandshakes()
            if hasHandedOver {
                hasHandedOver = false
                core.handler.turnEnded()
            }
            if found.contains(where: { $0.id == Self.listenerID }) { _ = accept() }
            if core.phase != .serving { windUp() }
            if clock.milliseconds >= nextSweep { sweep() }
        }
        outbox.close()
    }

    /// How long the poller may wait.
    private var patience: Int32 {
        guard ready.isEmpty, handshakeQueue.isEmpty, outbox.mayRest() else { return 0 }
        return table.count == 0 && isListening && acceptsAgainAt == nil ? -1 : Int32(Self.sweepMilliseconds)
    }

    private func take(_ readiness: Readiness) {
        guard let connection = table[readiness.id] else { return }
        // Behind a last answer both sides have ended theirs: what is left is read, not reset.
        let isLingering = connection.stage == .lingering
        if readiness.isBroken, !isLingering { return abandon(connection) }
        if readiness.needsReadingOn { connection.needsReadingOn = true }
        if readiness.isReadable || isLingering { connection.mayRead = true }
        if readiness.isWritable { connection.mayWrite = true }
        guard connection.isHandshaking else { return serve(connection) }
        // A client that has gone already is not worth a handshake.
        if connection.handshakeBytes == 0, readiness.needsReadingOn { return passOver(connection) }
        list(connection)
    }

    private func deliverLetters() {
        outbox.take(&letters)
        for letter in letters {
            guard let connection = table[letter.connection], connection.sequence == letter.sequence else {
                letter.discard()
                continue
            }
            deliver(letter, connection)
        }
    }

    private func deliver(_ letter: Outbox.Letter, _ connection: Connection) {
        switch (letter.content, connection.stage) {
        case (.answer(let response), .handling): answer(connection, response)
        case (.refusal(let refusal), .handling): refuse(connection, refusal)
        case (.drop, .handling): close(connection)
        case (.head(let head, let link), .handling): begin(connection, head, link)
        case (.piece(let piece), .streaming): send(connection, piece: piece)
        case (.endOfStream, .streaming): end(connection)
        default: letter.discard()
        }
    }

    private func serveReady() {
        let turn = ready
        ready.removeAll(keepingCapacity: true)
        for connection in turn {
            connection.isListed = false
            if table[connection.id] === connection { serve(connection) }
        }
    }

    /// Goes on with handshakes, which cost more than requests, for no longer than requests may wait.
    private func serveHandshakes() {
        guard !handshakeQueue.isEmpty else { return }
        let end = Libc.monotonicMilliseconds() + Self.handshakeMilliseconds
        while let connection = handshakeQueue.next() {
            connection.isListed = false
            guard table[connection.id] === connection else { continue }
            serve(connection)
            if Libc.monotonicMilliseconds() >= end { return }
        }
    }

    /// Gives the connection another turn after the others.
    func list(_ connection: Connection) {
        guard !connection.isListed else { return }
        connection.isListed = true
        if connection.isHandshaking { handshakeQueue.append(connection) } else { ready.append(connection) }
    }

    /// Reads once what has come.
    func read(_ connection: Connection) -> Socket.Outcome {
        let outcome = connection.socket.read(&scratch)
        switch outcome {
        case .bytes(let count):
            // Less than there was room for: more has not come yet, and the poller will say when it does.
            connection.mayRead = count == scratch.count || connection.needsReadingOn
            if connection.stage == .receiving { take(connection, count) }
        case .later: (connection.mayRead, connection.needsReadingOn) = (false, false)
        case .ended: connection.hasEnded = true
        }
        return outcome
    }

    /// Closes a connection whose client has gone.
    func abandon(_ connection: Connection) {
        if connection.isHandshaking, connection.handshakeBytes > 0 {
            return fail(connection, reason: "broken off")
        }
        if connection.isAmidRequest {
            core.handler.note(.brokenOff(peer: connection.client, target: connection.parser.target))
        }
        close(connection)
    }

    func close(_ connection: Connection) {
        guard table[connection.id] === connection else { return }
        sayGoodbye(connection)
        if connection.isHandshaking { endHandshake(connection) }
        release(connection)
        if connection.head != nil { core.requestsInFlight.subtract(1, ordering: .relaxed) }
        forget(connection)
        core.addresses.giveBack(connection.group)
        table.remove(connection.id)
        core.openConnections.subtract(1, ordering: .relaxed)
    }

    /// Keeps account of a request that is not whole, and closes the slowest ones when there are too many.
    func account(_ connection: Connection) {
        setAccount(of: connection, to: connection.parser.bytesHeld + connection.input.count)
        while let isTooMany = budget.excess(of: core.limits.unfinishedBytesMax) {
            let slowest = table.all.filter { isTooMany($0.budgetedBytes) }.min { rate($0) < rate($1) }
            guard let slowest else { return }
            core.handler.note(.tooSlow(peer: slowest.client, target: slowest.parser.target))
            close(slowest)
        }
    }

    /// Takes a request out of the account: it is whole, answered or gone.
    func forget(_ connection: Connection) { setAccount(of: connection, to: 0) }

    private func setAccount(of connection: Connection, to bytes: Int) {
        budget.change(from: connection.budgetedBytes, to: bytes)
        connection.budgetedBytes = bytes
    }

    /// How fast a request comes, in bytes a second: its body, or its head where that is not whole.
    private func rate(_ connection: Connection) -> Int {
        let (bytes, since) =
            if let headAt = connection.headAt {
                (connection.bodyBytes, headAt)
            } else {
                (connection.input.count, connection.beganAt ?? clock.milliseconds)
            }
        return bytes * 1_000 / max(clock.milliseconds - since, 1)
    }

    // MARK: Ending

    /// How long the last answers may take to be sent and read, in milliseconds.
    private static let lastAnswersMilliseconds = 1_000

    /// Winds the loop up: nothing new, and at the end nothing at all.
    private func windUp() {
        stopListening()
        for connection in table.all where connection.stage == .streaming { end(connection) }
        if isExpectant, !table.all.contains(where: { $0.isExpectant(now: clock.milliseconds, core.limits) }) {
            isExpectant = false
            core.expectantLoops.subtract(1, ordering: .relaxed)
        }
        guard core.phase == .closing else { return }
        guard let end = closesBy else {
            closesBy = clock.milliseconds + Self.lastAnswersMilliseconds
            return sweep()
        }
        if clock.milliseconds >= end { table.all.forEach(close) }
    }

    // MARK: Times

    private func sweep() {
        nextSweep = clock.milliseconds + Self.sweepMilliseconds
        if let again = acceptsAgainAt, clock.milliseconds >= again, isListening {
            acceptsAgainAt = poller.add(listener: listener, id: Self.listenerID) ? nil : nextSweep
        }
        for connection in table.all { enforceTimes(connection) }
        reportCrowd()
    }
}
