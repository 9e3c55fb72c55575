internal import CLibCurl
internal import Synchronization

/// The thread of a client: owns the multi handle, drives all transfers, runs all completions.
///
/// `@unchecked Sendable`: `curl_multi_wakeup()` is the one call that libcurl allows from other threads, and
/// it is made under the lock that the thread takes before it frees the handle. All else belongs to the
/// thread.
@safe final class ClientEngine: @unchecked Sendable {
    private struct Waiting {
        var request: ClientRequest
        let ticket: UInt64
        let since: ContinuousClock.Instant
        let completion: HTTPClient.Completion
    }

    private struct Inbox {
        var waiting: [Waiting] = []
        var cancelled: Set<UInt64> = []
        var isClosing = false
    }

    private let multi: UnsafeMutableRawPointer
    private let inbox = Mutex(Inbox())
    /// What runs, by the address of its handle.
    private var active: [UInt: Transfer] = [:]
    /// When ``failOverdue()`` looks again.
    private var nextLook = ContinuousClock.now

    /// Creates the multi handle; nil when memory is out.
    init?(connectionsPerHostMax: Int, connectionsMax: Int) {
        guard let multi = unsafe curl_multi_init() else { return nil }
        unsafe self.multi = multi
        // Option and type match; these cannot fail.
        unsafe CLibCurl_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, connectionsPerHostMax)
        unsafe CLibCurl_multi_set_long(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, connectionsMax)
        unsafe CLibCurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, connectionsMax)
    }

    deinit { unsafe curl_multi_cleanup(multi) }

    /// Hands a request to the thread.
    ///
    /// False when the client is closed.
    ///
    /// - Parameter ticket: What ``cancel(_:)`` knows it by.
    func submit(
        _ request: ClientRequest, ticket: UInt64, _ completion: @escaping HTTPClient.Completion
    ) -> Bool {
        inbox.withLock { inbox in
            guard !inbox.isClosing else { return false }
            let since = request.since ?? .now
            inbox.waiting.append(
                Waiting(request: request, ticket: ticket, since: since, completion: completion))
            if inbox.waiting.count == 1 { unsafe curl_multi_wakeup(multi) }  // later ones ride along
            return true
        }
    }

    /// Ends a request that was submitted with this ticket, if it runs still.
    func cancel(_ ticket: UInt64) {
        inbox.withLock { inbox in
            guard !inbox.isClosing else { return }
            inbox.cancelled.insert(ticket)
            unsafe curl_multi_wakeup(multi)
        }
    }

    /// Ends the thread.
    func close() {
        inbox.withLock { inbox in
            guard !inbox.isClosing else { return }
            inbox.isClosing = true
            unsafe curl_multi_wakeup(multi)
        }
    }

    /// The thread's work, until ``close()``.
    func run() {
        var isOpen = true
        while isOpen {
            let (arrived, cancelled, isClosing) = inbox.withLock { inbox in
                let (arrived, cancelled) = (inbox.waiting, inbox.cancelled)
                (inbox.waiting, inbox.cancelled) = ([], [])
                return (arrived, cancelled, inbox.isClosing)
            }
            for waiting in arrived { start(waiting) }
            if !cancelled.isEmpty { end(cancelled) }
            isOpen = !isClosing
            guard isOpen else { break }
            var running: Int32 = 0
            unsafe curl_multi_perform(multi, &running)
            failOverdue()
            if finishDone() { continue }  // their completions may have sent more
            unsafe curl_multi_poll(multi, nil, 0, ClientEngine.pollMilliseconds, nil)
        }
        let left = active
        active = [:]
        for transfer in left.values {
            unsafe curl_multi_remove_handle(multi, transfer.easy)
            transfer.fail(.closed)
        }
    }

    private func start(_ waiting: Waiting) {
        let completion = waiting.completion
        var request = waiting.request
        // A process that was frozen meanwhile must not send what another one may have sent since.
        request.timeoutSeconds -= (ContinuousClock.now - waiting.since) / .seconds(1)
        guard request.timeoutSeconds > 0 else { return completion(.failure(ClientEngine.tooLate)) }
        guard let transfer = Transfer() else {
            return completion(.failure(ClientEngine.noMemory))
        }
        guard transfer.prepare(request, completion: completion),
            unsafe curl_multi_add_handle(multi, transfer.easy) == CURLM_OK
        else { return transfer.fail(ClientEngine.noMemory) }
        transfer.ticket = waiting.ticket
        unsafe active[UInt(bitPattern: transfer.easy)] = transfer
    }

    private func end(_ tickets: Set<UInt64>) {
        for (key, transfer) in active where tickets.contains(transfer.ticket) {
            active[key] = nil
            unsafe curl_multi_remove_handle(multi, transfer.easy)
            transfer.fail(.cancelled)
        }
    }

    /// Ends the transfers whose time is over and that the library has not ended: one that waits for a
    /// connection is not looked at by libcurl 7.88.
    private func failOverdue() {
        let now = ContinuousClock.now
        guard now >= nextLook else { return }
        nextLook = now + .milliseconds(Int(ClientEngine.pollMilliseconds))
        for (key, transfer) in active where transfer.deadline < now {
            active[key] = nil
            unsafe curl_multi_remove_handle(multi, transfer.easy)
            transfer.fail(ClientEngine.tooLate)
        }
    }

    /// Ends the transfers that are done.
    ///
    /// Whether there were any.
    private func finishDone() -> Bool {
        var finished: [(Transfer, CURLcode)] = []
        var left: Int32 = 0
        while let message = unsafe curl_multi_info_read(multi, &left) {
            // The message is good until the next call on the multi handle: copied out first.
            guard unsafe message.pointee.msg == CURLMSG_DONE, let easy = unsafe message.pointee.easy_handle
            else {
                continue
            }
            let result = unsafe CLibCurl_result(message)
            unsafe curl_multi_remove_handle(multi, easy)
            guard let transfer = active.removeValue(forKey: UInt(bitPattern: easy)) else { continue }
            finished.append((transfer, result))
        }
        for (transfer, result) in finished { transfer.finish(result) }
        return !finished.isEmpty
    }

    private static let tooLate = ClientFailure(
        code: "timeout", message: "The request's time was over before its answer came.", isUnsent: true)
    /// How far the library's own timeout may lag behind a transfer's time.
    static let overdueMilliseconds = 500
    private static let noMemory = ClientFailure(
        code: "other", message: "libcurl could not set up the transfer.", isUnsent: true)
    /// How long the thread sleeps when nothing happens; it is woken for everything.
    private static let pollMilliseconds: Int32 = 1_000
}
