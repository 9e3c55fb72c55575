import Foundation
import OpenSenseWebhooks
import PostgreSQLLedger
import SQLiteLedger
import Synchronization

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A receiver to be killed: `scripts/kill-ledger.py` writes numbers of deliveries and reads the statuses.
///
/// What happens to a delivery is appended to a file that outlives the process: `handled` when the handler has
/// done its work, `committed` once the ledger remembers it.
///
///     LedgerReceiver STORE FILE
@main
enum Main {
    /// A claim of a process that was killed is free after so many seconds.
    static let leaseSeconds = 5

    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 3 else {
            print("usage: LedgerReceiver STORE FILE")
            exit(64)
        }
        let store = arguments[1]
        let ledger: any DeliveryLedger =
            store.hasPrefix("/")
            ? try SQLiteDeliveryLedger(path: store) : try PostgreSQLDeliveryLedger(store)
        let file = unsafe open(arguments[2], O_WRONLY | O_APPEND | O_CREAT, 0o600)
        guard file >= 0 else { exit(66) }
        let secret = try Secret("a secret for this check only")
        let receiver = try receiver(secret, ledger, file)
        write(1, "ready")
        try serve(receiver, try WebhookSigner(secret: secret))
    }

    /// Answers until the input ends; its tasks are not the main actor's, whose thread reads.
    private static func serve(_ receiver: WebhookReceiver, _ signer: WebhookSigner) throws {
        let inHand = DispatchGroup()
        while let line = readLine() {
            let words = line.split(separator: " ").map(String.init)  // a token for the answer, a number
            let body = Array(
                #"{"event":{"kind":"alarm_opened","id":"evt_\#(words[1])"},"delivery":{"id":"\#(words[1])"}}"#
                    .utf8)
            let header = try signer.signatureHeader(body: body.span, timestamp: Int(time(nil)))
            inHand.enter()
            Task {
                let request = WebhookRequest(headers: [OpenSenseHeader.signature: header], body: body)
                let answer = await receiver.receive(request)
                write(1, "\(words[0]) \(answer.status)")
                inHand.leave()
            }
        }
        inHand.wait()
    }

    private static func receiver(
        _ secret: Secret, _ ledger: any DeliveryLedger, _ file: Int32
    ) throws -> WebhookReceiver {
        var policy = ResponsePolicy.standard
        policy.leaseSeconds = leaseSeconds
        let process = getpid()
        return WebhookReceiver(
            verifier: try WebhookVerifier(secrets: [secret]), ledger: ledger, policy: policy,
            report: { report in
                guard case .handled(let id, _, _) = report.event else { return }
                write(file, "committed \(id ?? "-") \(process)")
            }
        ) { received in
            try await Task.sleep(for: .milliseconds(Int.random(in: 0...10)))
            write(file, "handled \(received.delivery.id ?? "-") \(process)")
            try await Task.sleep(for: .milliseconds(Int.random(in: 0...10)))
        } unreadable: { received in
            write(file, "unreadable \(received.reason.code) \(process)")
        }
    }

    /// Writes a line by one call, so that lines of several threads and processes do not mix.
    private static func write(_ file: Int32, _ line: String) {
        let bytes = Array("\(line)\n".utf8)
        _ = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(file, $0.baseAddress, $0.count) }
    }
}
