internal import Synchronization

/// The thread that serves a share of the connections: it waits, reads, hands requests over, sends answers.
///
/// Nothing here waits for anything but the poller, so an answer is never late because of another request.
final class ServerLoop {
    let core: ServerCore
    let outbox: Outbox
    private var poller: Poller
    var table = ConnectionTable()
    /// The connections that have more to read than one turn allows, or whose answer has gone out.
    private var ready: [Connection] = []
    var clock = LoopClock()
    private var budget = BodyBudget()
    private let listener: Int32
    /// Whether what waits to be accepted is another server's to answer.
    private let sharesListener: Bool
    /// Whether the server drains and something may still come.
    private var isExpectant = true
    private var acceptsAgainAt: Int?
    private var isListening = true
    private var scratch = [UInt8](repeating: 0, count: 16_384)
    /// Room for what a record holds.
    private var plain: [UInt8]
    /// How many connections have not ended their handshake.
    private var handshakes = 0
    /// Whether the handler was given a request in this turn.
    var hasHandedOver = false
    private var letters: [Outbox.Letter] = []
    /// How many answers come piece by piece.
    var streams = 0
    private var nextSweep = 0
    /// How many connections had to go since that was said last, and when it may be said again.
    private var crowd = (closed: 0, nextAt: Int.min)
    /// When the last connection has to be gone.
    private var closesBy: Int?

    /// The number under which the listening socket is known.
    private static let listenerID = UInt64.max - 1
    /// How late a limit of time may strike, in milliseconds.
    private static let sweepMilliseconds = 100
    /// How many handshakes go on in one turn: each may take a millisecond.
    private static let handshakesMax = 4
    /// How many connections are accepted in one turn.
    private static let acceptsMax = 64

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
            if hasHandedOver {
                hasHandedOver = false
                core.handler.turnEnded()
            }
            if found.contains(where: { $0.id == Self.listenerID }) { accept() }
            if core.phase != .serving { windUp() }
            if clock.milliseconds >= nextSweep { sweep() }
        }
        outbox.close()
    }

    /// How long the poller may wait.
    private var patience: Int32 {
        guard ready.isEmpty, outbox.mayRest() else { return 0 }
        return table.count == 0 && isListening && acceptsAgainAt == nil ? -1 : Int32(Self.sweepMilliseconds)
    }

    private func take(_ readiness: Readiness) {
        guard let connection = table[readiness.id] else { return }
        // Behind a last answer both sides have ended theirs: what is left is read, not reset.
        let isLingering = connection.stage == .lingering
        if readiness.isBroken, !isLingering { return abandon(connection) }
        if readiness.hasPeerEnded { connection.hasPeerEnded = true }
        if readiness.isReadable || isLingering { connection.mayRead = true }
        if readiness.isWritable { connection.mayWrite = true }
        // Handshakes take their turns after requests, and in the order in which they came.
        if connection.isHandshaking { list(connection) } else { serve(connection) }
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
        var handshakes = 0
        for connection in turn {
            connection.isListed = false
            guard table[connection.id] === connection else { continue }
            if connection.isHandshaking { handshakes += 1 }
            if connection.isHandshaking, handshakes > Self.handshakesMax {
                list(connection)
            } else {
                serve(connection)
            }
        }
    }

    /// Gives the connection another turn after the others.
    func list(_ connection: Connection) {
        guard !connection.isListed else { return }
        connection.isListed = true
        ready.append(connection)
    }

    /// Reads once what has come.
    func read(_ connection: Connection) -> Socket.Outcome {
        let outcome = connection.socket.read(&scratch)
        switch outcome {
        case .bytes(let count):
            // Less than there was room for: more has not come yet, and the poller will say when it does; but
            // the end, which may have come with the data, it says once.
            connection.mayRead = count == scratch.count || connection.hasPeerEnded
            if connection.stage == .receiving { take(connection, count) }
        case .later: connection.mayRead = false
        case .ended: connection.hasEnded = true
        }
        return outcome
    }

    /// Takes the first `count` bytes of what was read.
    private func take(_ connection: Connection, _ count: Int) {
        guard let session = connection.tls else { return connection.input.append(count, of: scratch) }
        if connection.isHandshaking, connection.handshakeBytes == 0, scratch[0] != TLSSession.firstByte {
            endHandshake(connection)
            connection.tls = nil
            return refuse(connection, .tlsMissing)
        }
        let outcome = session.receive(scratch[..<count], &plain) { connection.input.append($0, of: $1) }
        connection.enqueue(wire: session.takeOutbound())
        if connection.isHandshaking {
            shakeHands(connection, session, count)
        }
        switch outcome {
        case .open: break
        case .ended: connection.hasEnded = true
        case .failed(let reason) where connection.isHandshaking: refuseHandshake(connection, reason)
        case .failed: (connection.hasEnded, connection.mayRead) = (true, false)
        }
        push(connection)
    }

    private func shakeHands(_ connection: Connection, _ session: TLSSession, _ count: Int) {
        connection.handshakeBytes += count
        if session.isEstablished {
            endHandshake(connection)
            connection.since = clock.milliseconds
        } else if connection.handshakeBytes > core.limits.handshakeBytesMax {
            fail(connection, reason: "too long")
        }
    }

    private func endHandshake(_ connection: Connection) {
        connection.isHandshaking = false
        handshakes -= 1
    }

    /// Ends a connection whose handshake did not come to its end.
    func fail(_ connection: Connection, reason: String) {
        if connection.handshakeBytes > 0 {
            core.handler.note(.handshakeFailed(peer: connection.peer, reason: reason))
        }
        close(connection)
    }

    /// Ends a connection whose handshake failed once the client has heard why, as far as TLS can say that.
    private func refuseHandshake(_ connection: Connection, _ reason: String) {
        core.handler.note(.handshakeFailed(peer: connection.peer, reason: reason))
        endHandshake(connection)
        connection.tls = nil
        connection.isLast = true
        list(connection)
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
        if connection.isHandshaking { endHandshake(connection) }
        release(connection)
        if connection.head != nil { core.requestsInFlight.subtract(1, ordering: .relaxed) }
        budget.change(from: connection.budgetedBytes, to: 0)
        core.addresses.giveBack(connection.group)
        table.remove(connection.id)
        core.openConnections.subtract(1, ordering: .relaxed)
    }

    /// Keeps account of a body that comes in, and closes the slowest ones when there are too many.
    func account(_ connection: Connection) {
        let held = connection.stage == .receiving ? connection.parser.bytesHeld : 0
        guard held != connection.budgetedBytes else { return }
        budget.change(from: connection.budgetedBytes, to: held)
        connection.budgetedBytes = held
        while let isTooMany = budget.excess(of: core.limits.unfinishedBodyBytesMax) {
            let slowest = table.all.filter { isTooMany($0.budgetedBytes) }.min { rate($0) < rate($1) }
            guard let slowest else { return }
            core.handler.note(.tooSlow(peer: slowest.client, target: slowest.parser.target))
            close(slowest)
        }
    }

    /// How fast a body comes, in bytes a second.
    private func rate(_ connection: Connection) -> Int {
        connection.bodyBytes * 1_000 / max(clock.milliseconds - (connection.headAt ?? clock.milliseconds), 1)
    }

    // MARK: Accepting

    private func accept() {
        for count in 0..<Self.acceptsMax where isListening {
            let isFull = core.openConnections.load(ordering: .relaxed) >= core.limits.connectionsMax
            // One waits for certain when the poller has said so, which it says again: for each that makes
            // room one is accepted, and no more are closed than come.
            if isFull, count > 0 { return }
            // Where nothing can go, the new ones wait in the system's queue.
            if isFull, !makeRoom() { return pauseAccepting() }
            switch Libc.accept(listener) {
            case .accepted(let descriptor, let peer): add(Socket(descriptor), peer: peer)
            case .none: return
            case .exhausted:
                // Nothing can be accepted, and the poller would say so for ever: one goes, or there is a
                // pause.
                guard makeRoom() else { return pauseAccepting() }
            }
        }
    }

    private func add(_ socket: consuming Socket, peer: String) {
        let descriptor = socket.descriptor
        let group = core.limits.trustedProxies.contains(peer) ? nil : AddressCounts.group(of: peer)
        guard core.addresses.take(group, max: core.limits.connectionsPerAddressMax) else {
            return crowd.closed += 1
        }
        var session: TLSSession?
        if let context = core.tls.withLock({ $0 }) {
            makeRoomForHandshake()
            session = TLSSession(context)
            guard session != nil else { return core.addresses.giveBack(group) }
        }
        let connection = Connection(
            id: table.nextID(), socket: socket, tls: session, peer: peer, group: group, limits: core.limits,
            now: clock.milliseconds)
        guard poller.add(connection: descriptor, id: connection.id) else {
            core.addresses.giveBack(group)
            return table.giveBack(connection.id)
        }
        table.add(connection)
        if connection.isHandshaking { handshakes += 1 }
        core.openConnections.add(1, ordering: .relaxed)
    }

    /// Closes the connection that can be done without most easily, of equal ones the one that has waited
    /// longest.
    ///
    /// - Returns: False when every one has a request with its handler.
    private func makeRoom() -> Bool {
        crowd.closed += 1
        while let found = mostDispensable() {
            // What has come since the poller said so is a request that would be lost.
            guard found.beganAt != nil || found.stage != .receiving || !found.socket.hasUnread() else {
                found.mayRead = true
                list(found)
                continue
            }
            if found.isAmidRequest {
                core.handler.note(.crowdedOut(peer: found.client, target: found.parser.target))
            }
            close(found)
            return true
        }
        return false
    }

    /// Closes the connection whose handshake began first where there are too many.
    private func makeRoomForHandshake() {
        guard handshakes >= core.limits.handshakesMax else { return }
        crowd.closed += 1
        guard let oldest = table.all.filter(\.isHandshaking).min(by: { $0.since < $1.since }) else { return }
        fail(oldest, reason: "too many others")
    }

    private func mostDispensable() -> Connection? {
        var found: (connection: Connection, rank: Int, since: Int)?
        for connection in table.all {
            guard let rank = connection.dispensability(now: clock.milliseconds, core.limits) else {
                continue
            }
            let since = connection.beganAt ?? connection.since
            guard let best = found, (best.rank, best.since) <= (rank, since) else {
                found = (connection, rank, since)
                continue
            }
        }
        return found?.connection
    }

    /// How often a lack of room is said, in milliseconds.
    private static let crowdMilliseconds = 60_000

    private func reportCrowd() {
        guard crowd.closed > 0, clock.milliseconds >= crowd.nextAt else { return }
        core.handler.note(.crowded(closed: crowd.closed))
        crowd = (0, clock.milliseconds + Self.crowdMilliseconds)
    }

    private func pauseAccepting() {
        guard acceptsAgainAt == nil else { return }
        poller.remove(listener)
        acceptsAgainAt = clock.milliseconds + Self.sweepMilliseconds
    }

    private func stopListening() {
        guard isListening else { return }
        if !sharesListener {
            // What has connected already would be reset.
            if acceptsAgainAt == nil { accept() }
            Libc.shutDown(socket: listener)
        }
        isListening = false
        poller.remove(listener)
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
