internal import CLibCurl
internal import Synchronization
internal import SystemThreads

/// An HTTP and HTTPS client: many exchanges at a time, one thread.
///
/// TLS certificates are verified against the system's store, redirects are not followed, proxies are taken
/// from the environment. Connections are kept and reused; a kept one that the peer has closed is replaced
/// without notice.
package final class HTTPClient: Sendable {
    /// What takes the outcome of a request; runs on the client's thread and must not block it.
    package typealias Completion = @Sendable (Result<ClientResponse, ClientFailure>) -> Void

    /// How much of a response's body is kept, in bytes.
    package static let bodyBytesMax = 65_536

    private let engine: ClientEngine
    private let tickets = Atomic<UInt64>(0)
    private let thread: SystemThread

    /// Starts a client.
    ///
    /// - Parameters:
    ///   - connectionsPerHostMax: Connections to one host at one time; further requests wait for one, and
    /// their time
    ///     runs while they do. 1 or more.
    ///   - connectionsMax: Connections to all hosts together, idle ones included. 1 or more.
    package init(connectionsPerHostMax: Int = 64, connectionsMax: Int = 256) throws(ClientFailure) {
        guard HTTPClient.isLibraryReady,
            let engine = ClientEngine(
                connectionsPerHostMax: max(1, connectionsPerHostMax), connectionsMax: max(1, connectionsMax))
        else { throw ClientFailure(code: "other", message: "libcurl could not be initialised.") }
        guard let thread = SystemThread(body: { engine.run() }) else {
            throw ClientFailure(code: "other", message: "The client's thread could not be started.")
        }
        self.engine = engine
        self.thread = thread
    }

    /// Sends a request.
    ///
    /// `completion` is called exactly once, on the client's thread, or on the caller's before this returns
    /// when the request is refused.
    package func send(_ request: ClientRequest, completion: @escaping Completion) {
        send(request, ticket: tickets.wrappingAdd(1, ordering: .relaxed).newValue, completion: completion)
    }

    private func send(_ request: ClientRequest, ticket: UInt64, completion: @escaping Completion) {
        if let fault = request.fault {
            return completion(.failure(.invalid(fault)))
        }
        if !engine.submit(request, ticket: ticket, completion) {
            var failure = ClientFailure.closed
            failure.isUnsent = true
            completion(.failure(failure))
        }
    }

    /// Sends a request and waits for its outcome, for at most its timeout.
    ///
    /// Cancelling the task ends it with the failure `cancelled`.
    package func send(_ request: ClientRequest) async throws(ClientFailure) -> ClientResponse {
        let ticket = tickets.wrappingAdd(1, ordering: .relaxed).newValue
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                send(request, ticket: ticket) { continuation.resume(returning: $0) }
                // Cancelled before it was submitted, it was not known yet.
                if Task.isCancelled { engine.cancel(ticket) }
            }
        } onCancel: {
            engine.cancel(ticket)
        }
        return try outcome.get()
    }

    /// Ends everything that runs with the failure `closed` and waits for the thread; later requests fail at
    /// once.
    ///
    /// A second call does nothing. From within a completion it does not wait.
    package func close() {
        engine.close()
        thread.join()
    }

    deinit { close() }

    /// libcurl's global state, set up once for the process.
    private static let isLibraryReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK
}
