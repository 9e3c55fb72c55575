internal import Synchronization

/// New connections, and room for them.
extension ServerLoop {
    /// How many connections are accepted in one turn.
    private static let acceptsMax = 64

    /// Accepts connections.
    ///
    /// - Returns: Whether more may wait.
    func accept() -> Bool {
        for count in 0..<Self.acceptsMax where isListening {
            let isFull = core.openConnections.load(ordering: .relaxed) >= core.limits.connectionsMax
            // One waits for certain when the poller has said so, which it says again: for each that makes
            // room one is accepted, and no more are closed than come.
            if isFull || hasTooManyHandshakes, count > 0 { return true }
            // Where nothing can go, the new ones wait in the system's queue.
            if isFull, !makeRoom() { return pauseAccepting() }
            if hasTooManyHandshakes, !makeRoomForHandshake() { return pauseAccepting() }
            switch Libc.accept(listener) {
            case .accepted(let descriptor, let peer): add(Socket(descriptor), peer: peer)
            case .none: return false
            case .exhausted:
                // Nothing can be accepted, and the poller would say so for ever: one goes, or there is a
                // pause.
                guard makeRoom() else { return pauseAccepting() }
            }
        }
        return isListening
    }

    private func add(_ socket: consuming Socket, peer: String) {
        let descriptor = socket.descriptor
        let group = core.limits.trustedProxies.contains(peer) ? nil : AddressCounts.group(of: peer)
        guard core.addresses.take(group, max: core.limits.connectionsPerAddressMax) else {
            return crowd.closed += 1
        }
        var session: TLSSession?
        if let context = core.tls.withLock({ $0 }) {
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

    private var hasTooManyHandshakes: Bool { handshakes >= core.limits.handshakesMax }

    /// Closes the connection whose client has been waited for longest in its handshake.
    ///
    /// - Returns: False when all of them wait for this server.
    private func makeRoomForHandshake() -> Bool {
        let oldest = table.all.filter { $0.isHandshaking && !$0.isListed && !$0.socket.hasUnread() }
            .min { $0.since < $1.since }
        guard let oldest else { return false }
        crowd.closed += 1
        fail(oldest, reason: "too many others")
        return true
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

    func reportCrowd() {
        guard crowd.closed > 0, clock.milliseconds >= crowd.nextAt else { return }
        core.handler.note(.crowded(closed: crowd.closed))
        crowd = (0, clock.milliseconds + Self.crowdMilliseconds)
    }

    /// Lets new connections wait in the system's queue for a moment.
    ///
    /// - Returns: False, as no more is accepted now.
    private func pauseAccepting() -> Bool {
        guard acceptsAgainAt == nil else { return false }
        poller.remove(listener)
        acceptsAgainAt = clock.milliseconds + Self.sweepMilliseconds
        return false
    }

    func stopListening() {
        guard isListening else { return }
        if !sharesListener {
            // What has connected already would be reset.
            while acceptsAgainAt == nil, accept() {}
            Libc.shutDown(socket: listener)
        }
        isListening = false
        poller.remove(listener)
    }
}
