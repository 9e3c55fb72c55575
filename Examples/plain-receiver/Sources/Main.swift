import Foundation
import OpenSenseWebhooks

@main
struct Main {
    /// Threads that read at once; others wait in the kernel's queue.
    static let connectionsMax = 256

    static func main() async throws {
        let environment = ProcessInfo.processInfo.environment
        let secret = try Secret(environment["OPENSENSE_SECRET"] ?? "")
        let receiver = WebhookReceiver(
            verifier: try WebhookVerifier(secrets: [secret]), ledger: try InMemoryDeliveryLedger(),
            report: { log("event \($0.code)") }
        ) { received in
            // Store it, or pass it on to a service that does; returning tells OpenSense that it is safe.
            log("delivery \(received.delivery.event.kind.name) \(received.delivery.id ?? "-")")
        } unreadable: { received in
            log("unreadable \(received.reason.code) of \(received.body.count) bytes")
        }
        let listener = try listen(on: UInt16(environment["PORT"] ?? "8080") ?? 8080)
        signal(SIGTERM, SIG_IGN)
        let term = DispatchSource.makeSignalSource(signal: SIGTERM, queue: .global())
        term.setEventHandler { Task { exit(await receiver.stop(within: .seconds(10)) ? 0 : 1) } }
        term.resume()
        Thread.detachNewThread { accept(from: listener, receiver) }
        // Accepting blocks, so it runs on a separate thread; this task waits for the signal alone.
        while true { try await Task.sleep(for: .seconds(86_400)) }
    }

    static func accept(from listener: Int32, _ receiver: WebhookReceiver) {
        let slots = DispatchSemaphore(value: connectionsMax)
        while true {
            slots.wait()
            let socket = Glibc.accept(listener, nil, nil)
            guard socket >= 0 else {
                slots.signal()
                usleep(10_000)  // Out of descriptors: others will be closed.
                continue
            }
            // A thread for each connection, as reading blocks; the receiver bounds the handlers.
            Thread.detachNewThread {
                serve(socket, receiver)
                slots.signal()
            }
        }
    }

    static func serve(_ socket: Int32, _ receiver: WebhookReceiver) {
        var connection = Connection(socket: socket)
        let answer: WebhookResponse
        do throws(Connection.Refusal) {
            let (request, path) = try connection.read()
            answer =
                path == "/opensense"
                ? wait { await receiver.receive(request) }
                : WebhookResponse(status: 404, code: "not-found", message: "Nothing is received here.")
        } catch { answer = error.response }
        if ![200, 401, 429, 503].contains(answer.status) { log("refused \(answer.code)") }
        connection.answer(answer)
    }

    /// Has this thread wait for an answer; it is this connection's alone.
    static func wait(_ work: @escaping @Sendable () async -> WebhookResponse) -> WebhookResponse {
        let done = DispatchSemaphore(value: 0)
        nonisolated(unsafe) var answer = WebhookResponse.unauthenticated
        Task {
            answer = await work()
            done.signal()
        }
        done.wait()
        return answer
    }

    static func listen(on port: UInt16) throws -> Int32 {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var reuse: Int32 = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &reuse, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && Glibc.listen(listener, 128) == 0
                    && getsockname(listener, $0, &length) == 0
            }
        }
        guard isListening else { throw POSIXError(.EADDRINUSE) }
        log("listening on \(UInt16(bigEndian: address.sin_port))")
        return listener
    }
}

/// Writes a line at once.
func log(_ line: String) { FileHandle.standardError.write(Data("\(line)\n".utf8)) }
