/// Connections that are encrypted, from their first byte on.
extension ServerLoop {
    /// Takes the first `count` bytes of what was read.
    func take(_ connection: Connection, _ count: Int) {
        guard let session = connection.tls else { return connection.input.append(count, of: scratch) }
        if connection.isHandshaking, connection.handshakeBytes == 0, scratch[0] != TLSSession.firstByte {
            endHandshake(connection)
            connection.tls = nil
            return refuse(connection, .tlsMissing)
        }
        let outcome = session.receive(scratch[..<count], &plain) { connection.input.append($0, of: $1) }
        connection.enqueue(wire: session.takeOutbound())
        if connection.isHandshaking { shakeHands(connection, session, count) }
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

    /// Says by TLS, as far as that can be sent at once, that a connection ends orderly.
    func sayGoodbye(_ connection: Connection) {
        guard let session = connection.tls, !connection.isHandshaking, connection.isFlushed,
            connection.stage != .lingering
        else { return }
        connection.enqueue(wire: session.end())
        _ = connection.flush(now: clock.milliseconds)
    }

    func endHandshake(_ connection: Connection) {
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

    /// Ends a connection whose client has gone before its handshake began.
    func passOver(_ connection: Connection) {
        if connection.socket.hasUnread() {
            core.handler.note(.handshakeFailed(peer: connection.peer, reason: "broken off"))
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
}
