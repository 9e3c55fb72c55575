internal import CMicroHTTPD
internal import HeaderFields
internal import Synchronization

/// The steps of a request, as the library calls for them: once with the head, once for each piece of the
/// body, once at its end, and once more when a suspended request has its answer.
extension ServerConnection {
    /// The head is in.
    ///
    /// Nothing has been read of the body; an answer queued now closes the connection.
    func takeHead(
        _ handle: ConnectionHandle, method: UnsafePointer<CChar>, version: UnsafePointer<CChar>
    ) -> Bool {
        intake.step = .body
        intake.isCounted = true
        core.requestsInFlight.add(1, ordering: .relaxed)
        do throws(ServerRefusal) {
            let (head, framing) = unsafe try readHead(handle, method: method, version: version)
            intake.head = head
            judge(head, framing)
            guard intake.verdict != nil, mustAnswerNow(head, framing) else { return true }
        } catch {
            setVerdict(error)
        }
        return queueVerdict(handle)
    }

    /// A piece of the body.
    ///
    /// False ends the connection.
    func takeBody(_ bytes: UnsafeRawBufferPointer) -> Bool {
        intake.bodyBytesSeen += bytes.count
        if intake.verdict == nil {
            guard intake.bodyBytesSeen > core.limits.bodyBytesMax else {
                unsafe intake.body.append(contentsOf: bytes)
                return true
            }
            intake.body = []
            setVerdict(.bodyTooLarge(maxBytes: core.limits.bodyBytesMax))
        }
        guard intake.bodyBytesSeen > core.limits.bodyBytesMax + ServerCore.discardBytesMax else {
            return true
        }
        // The library takes no answer in the middle of a body. Nothing else has been written for this
        // request, so the refusal can go out past it; then the connection ends.
        if let verdict = intake.verdict { Libc.sendOnce(ResponseWriter.serialize(verdict), to: socket) }
        return false
    }

    /// The request is complete.
    func finish(_ handle: ConnectionHandle) -> Bool {
        guard intake.verdict == nil, let head = intake.head else { return queueVerdict(handle) }
        let request = ServerRequest(head: head, body: intake.body)
        intake.body = []
        intake.step = .answer
        let sequence = state.withLock { state in
            state.phase = .handling
            state.sinceMilliseconds = Libc.monotonicMilliseconds()
            return state.sequence
        }
        core.handler.handle(request, reply: ServerReply(connection: self, sequence: sequence))
        let isAnswered = state.withLock { state in
            // The server closes: no new suspension may begin (see ServerCore.isClosing).
            guard state.answer == nil, !core.isClosing.load(ordering: .sequentiallyConsistent) else {
                state.phase = .answering
                return true
            }
            state.phase = .suspended
            handle.suspend()
            return false
        }
        return isAnswered ? queueAnswer(handle) : true
    }

    /// Queues the answer that was given, at once or by another thread.
    func queueAnswer(_ handle: ConnectionHandle) -> Bool {
        let answer = state.withLock { $0.answer.take() } ?? refusal(.draining)
        return queue(answer, on: handle, closes: false)
    }

    private func queueVerdict(_ handle: ConnectionHandle) -> Bool {
        intake.step = .answer
        state.withLock { $0.phase = .answering }
        guard let verdict = intake.verdict.take() else { return false }
        return queue(verdict, on: handle, closes: intake.verdictCloses)
    }

    private func queue(_ response: ServerResponse, on handle: ConnectionHandle, closes: Bool) -> Bool {
        let isLast = closes || core.isDraining.load(ordering: .relaxed)
        return ResponseWriter.queue(response, on: handle, closes: isLast) {
            refusal(.responseUnsendable)
        }
    }

    private func refusal(_ refusal: ServerRefusal) -> ServerResponse {
        core.handler.refusal(refusal, peer: peer, target: intake.target)
    }

    private func setVerdict(_ refusal: ServerRefusal) {
        intake.verdict = self.refusal(refusal)
        intake.verdictCloses = refusal.endsConnection
    }

    /// Decides what can be decided before the body.
    private func judge(_ head: RequestHead, _ framing: BodyFraming) {
        if core.isDraining.load(ordering: .relaxed) {
            setVerdict(.draining)
        } else if let response = core.handler.admit(head) {
            intake.verdict = response
            intake.verdictCloses = response.closesConnection
        } else if case .length(let length) = framing {
            guard length <= core.limits.bodyBytesMax else {
                return setVerdict(.bodyTooLarge(maxBytes: core.limits.bodyBytesMax))
            }
            intake.body.reserveCapacity(min(length, ServerConnection.bodyReserveBytesMax))
        }
    }

    /// Whether a refusal goes out before the body: the sender waits for the word to go on, or has too much to
    /// send.
    private func mustAnswerNow(_ head: RequestHead, _ framing: BodyFraming) -> Bool {
        switch framing {
        case .none: false
        case .length(let length) where length > core.limits.bodyBytesMax + ServerCore.discardBytesMax: true
        case .length, .chunked: head.header("Expect") != nil
        }
    }

    private func readHead(
        _ handle: ConnectionHandle, method: UnsafePointer<CChar>, version: UnsafePointer<CChar>
    ) throws(ServerRefusal) -> (RequestHead, BodyFraming) {
        let size = unsafe CMicroHTTPD_header_size(handle.pointer)
        guard size <= core.limits.headerBytesMax else { throw .headersTooLarge }
        let raw = unsafe RawHead(of: handle.pointer)
        let versionText = unsafe String(cString: version)
        let methodText = unsafe String(cString: method)
        guard UInt(bitPattern: version) == intake.targetEnd + 1,
            versionText == "HTTP/1.1" || versionText == "HTTP/1.0", ASCII.isToken(methodText),
            RequestTarget.isWellFormed(intake.target),
            unsafe raw.isComplete(method: method, version: version, size: size),
            let fields = unsafe raw.fields()
        else { throw .headerMalformed }
        let framing = try BodyFraming.judge(fields, isHTTP10: versionText == "HTTP/1.0")
        var contentLength: Int?
        if case .length(let length) = framing { contentLength = length }
        let head = RequestHead(
            peer: peer, method: methodText, target: intake.target,
            path: RequestTarget.path(of: intake.target),
            headers: fields,
            contentLength: contentLength)
        return (head, framing)
    }

    /// What is set aside on the word of a Content-Length alone.
    private static let bodyReserveBytesMax = 65_536
}
