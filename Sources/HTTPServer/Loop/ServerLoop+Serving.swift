internal import Synchronization

/// The way of a request through its connection.
extension ServerLoop {
    /// What is read and thrown away behind a last answer, in bytes.
    private static let discardBytesMax = 8_388_608
    /// The longest body that is passed over to keep a connection whose request was answered by its head.
    private static let skippedBodyBytesMax = 65_536

    /// Does what can be done for a connection now.
    func serve(_ connection: Connection) {
        guard connection.flush(now: clock.milliseconds) else { return close(connection) }
        guard connection.isFlushed else { return }
        if connection.isLast, connection.stage == .receiving {
            connection.isLast = false
            linger(connection)
        }
        switch connection.stage {
        case .receiving: receive(connection)
        // Nothing is read meanwhile.
        case .handling: break
        case .streaming: reportSent(connection)
        case .lingering: discard(connection)
        }
    }

    private func receive(_ connection: Connection) {
        if parse(connection) { return }
        guard connection.mayRead, !connection.hasEnded else {
            // Everything that it sent whole is answered.
            if connection.hasEnded { abandon(connection) }
            return
        }
        switch read(connection) {
        case .bytes:
            if parse(connection) { return }
            if connection.hasEnded { return abandon(connection) }
            if connection.mayRead { list(connection) }
        case .later: break
        case .ended: abandon(connection)
        }
    }

    // MARK: Parsing

    /// Reads what has come.
    ///
    /// - Returns: Whether the connection is busy: a request is handled, an answer is on its way, or it ended.
    private func parse(_ connection: Connection) -> Bool {
        let sequence = connection.sequence
        while connection.stage == .receiving {
            // One request, then the others have their turn: a client may send thousands at once.
            guard connection.sequence == sequence || connection.input.count == 0 else {
                list(connection)
                return true
            }
            if connection.beganAt == nil, connection.input.count > 0 {
                connection.beganAt = clock.milliseconds
            }
            switch connection.parser.next(&connection.input) {
            case .more:
                connection.input.trim()
                connection.noteBody(now: clock.milliseconds)
                account(connection)
                return table[connection.id] == nil
            case .head(let head, let control): take(connection, head, control)
            case .body(let body): take(connection, body)
            case .refused(let refusal): refuse(connection, refusal)
            }
            guard connection.isFlushed, !connection.isLast else { return true }
        }
        return connection.stage != .receiving
    }

    private func take(_ connection: Connection, _ head: RequestHead, _ control: MessageControl) {
        connection.client = core.limits.trustedProxies.client(of: connection.peer, head.headers)
        var head = head
        head.peer = connection.client
        connection.head = head
        connection.control = control
        connection.headAt = clock.milliseconds
        core.requestsInFlight.add(1, ordering: .relaxed)
        if core.phase == .closing { return refuse(connection, .draining) }
        if let response = core.handler.admit(head) {
            connection.isLast = connection.isLast || !canSkipBody(control)
            return answer(connection, response)
        }
        if control.expectsContinue, control.framing != .none, connection.input.count == 0 {
            send(connection, Array("HTTP/1.1 100 Continue\r\n\r\n".utf8))
        }
    }

    /// Whether the rest of a request that is answered already can be passed over.
    private func canSkipBody(_ control: MessageControl) -> Bool {
        switch control.framing {
        case .none: true
        // A client that waits for the word to go on may or may not send the body after another word.
        case .length(let length): length <= Self.skippedBodyBytesMax && !control.expectsContinue
        case .chunked: false
        }
    }

    private func take(_ connection: Connection, _ body: [UInt8]) {
        forget(connection)
        guard let head = connection.head, !connection.isAnsweredEarly else {
            return connection.endRequest(now: clock.milliseconds)
        }
        connection.stage = .handling
        connection.since = clock.milliseconds
        hasHandedOver = true
        core.handler.handle(
            ServerRequest(head: head, body: body),
            reply: ServerReply(
                outbox, connection: connection.id, sequence: connection.sequence,
                streamBytesMax: core.limits.streamBytesMax))
    }

    // MARK: Answering

    /// Answers the request that the connection is busy with.
    func answer(_ connection: Connection, _ response: ServerResponse) {
        let frame = frame(of: connection, response)
        guard let bytes = ResponseBytes.bytes(response, frame, date: clock.date) else {
            let refusal = refusalResponse(connection, .responseUnsendable)
            let isSendable = ResponseBytes.bytes(refusal, frame, date: clock.date) != nil
            return answer(connection, isSendable ? refusal : ServerResponse(status: 500))
        }
        connection.isLast = frame.closes
        if connection.head != nil { core.requestsInFlight.subtract(1, ordering: .relaxed) }
        forget(connection)
        let wasHandled = connection.stage == .handling
        if wasHandled || connection.headAt == nil || frame.closes {
            connection.endRequest(now: clock.milliseconds)
        } else {
            // Answered by its head: the body is still to come.
            connection.isAnsweredEarly = true
            connection.head = nil
            connection.parser.skipBody()
        }
        send(connection, bytes)
        if connection.isFlushed, wasHandled || connection.isLast { list(connection) }
    }

    /// How an answer to the connection's request ends.
    func frame(of connection: Connection, _ response: ServerResponse) -> ResponseBytes.Frame {
        var frame = ResponseBytes.Frame()
        frame.isHead = connection.head?.method == "HEAD"
        frame.isHTTP10 = connection.control?.isHTTP10 == true
        frame.closes =
            connection.isLast || response.closesConnection || connection.control?.keepsConnection == false
            || connection.sequence + 1 >= core.limits.requestsPerConnectionMax
            || core.phase != .serving
        return frame
    }

    func refuse(_ connection: Connection, _ refusal: ServerRefusal) {
        if refusal.endsConnection { connection.isLast = true }
        answer(connection, refusalResponse(connection, refusal))
    }

    private func refusalResponse(_ connection: Connection, _ refusal: ServerRefusal) -> ServerResponse {
        core.handler.refusal(refusal, peer: connection.client, target: connection.parser.target)
    }

    func send(_ connection: Connection, _ bytes: [UInt8]) {
        connection.enqueue(bytes)
        push(connection)
    }

    /// Sends what there is; a connection that turns out to be broken is closed in its next turn.
    func push(_ connection: Connection) {
        if !connection.flush(now: clock.milliseconds) {
            connection.hasEnded = true
            connection.mayRead = false
            list(connection)
        }
    }

    // MARK: Ending

    private func linger(_ connection: Connection) {
        sayGoodbye(connection)
        connection.stage = .lingering
        connection.since = clock.milliseconds
        connection.input = InputBuffer()
        if connection.hasEnded { return close(connection) }
        if connection.isFlushed { connection.socket.endSending() }
    }

    private func discard(_ connection: Connection) {
        guard connection.mayRead else { return }
        switch read(connection) {
        case .bytes(let count):
            connection.discarded += count
            guard connection.discarded <= Self.discardBytesMax else { return close(connection) }
            if connection.mayRead { list(connection) }
        case .later: break
        case .ended: close(connection)
        }
    }

    // MARK: Times

    /// How long a client may go on sending behind its last answer, in milliseconds.
    private static let lingerMilliseconds = 2_000

    /// What a request has for its answer however long it took to come, in milliseconds.
    private static let answerMillisecondsMin = 1_000

    /// Ends what takes too long.
    func enforceTimes(_ connection: Connection) {
        let (limits, now) = (core.limits, clock.milliseconds)
        switch connection.stage {
        case .lingering:
            if now - connection.since >= Self.lingerMilliseconds { close(connection) }
        case .handling:
            if core.phase == .closing { return refuse(connection, .draining) }
            let began = connection.beganAt ?? connection.since
            let end = max(began + limits.answerSeconds * 1_000, connection.since + Self.answerMillisecondsMin)
            guard now >= end else { return }
            refuse(connection, .answerTimedOut)
        case .streaming:
            let isStuck = !connection.isFlushed && now - connection.since >= limits.idleSeconds * 1_000
            if isStuck { close(connection) }
        case .receiving:
            if core.phase == .closing, connection.isFlushed {
                // A body has an end that both sides know, so there is an answer.
                if connection.head != nil { return refuse(connection, .draining) }
                guard connection.beganAt == nil, connection.socket.hasUnread() else {
                    return close(connection)
                }
                connection.mayRead = true
                return list(connection)
            }
            guard isOverdue(connection, limits, now) else { return }
            if connection.isHandshaking { return fail(connection, reason: "not over in time") }
            if connection.isAmidRequest {
                core.handler.note(.tooSlow(peer: connection.client, target: connection.parser.target))
            }
            close(connection)
        }
    }

    private func isOverdue(_ connection: Connection, _ limits: ServerLimits, _ now: Int) -> Bool {
        if connection.isHandshaking { return now - connection.since >= limits.handshakeSeconds * 1_000 }
        // An answer that is not taken, or nothing that comes.
        guard connection.isFlushed, let beganAt = connection.beganAt else {
            return now - connection.since >= limits.idleSeconds * 1_000
        }
        guard let headAt = connection.headAt else { return now - beganAt >= limits.headSeconds * 1_000 }
        let patience = limits.bodySeconds * 1_000
        let earned = connection.bodyBytes * 1_000 / max(limits.bodyBytesPerSecondMin, 1)
        return now - headAt >= patience + earned || now - (connection.bodyAt ?? headAt) >= patience
    }
}
