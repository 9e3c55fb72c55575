internal import HTTPClient
internal import HeaderFields
internal import OpenSenseWebhooks
internal import VendorSandbox

/// Sends as OpenSense does: signed anew at each attempt, redirects followed, and when asked to with its
/// retries.
struct Sender {
    let client: HTTPClient
    let url: String
    let signer: WebhookSigner
    let retries: Bool

    /// Sends one delivery with a fresh id until it is done with.
    func send(_ template: DeliveryTemplate) async throws(CommandError) -> ExitCode {
        let id = "wh_\(Live.freshID())"
        // The event happened now, however often the delivery of it is tried.
        let happenedAt = Live.unixSeconds
        return try await send(id: id) { (attempt) throws(CommandError) in
            try template.body(id: id, attempt: attempt, unixSeconds: happenedAt)
        }
    }

    /// Sends one delivery until it is done with, and prints what came of each attempt.
    func send(
        id: String, body: (_ attempt: Int) throws(CommandError) -> [UInt8]
    ) async throws(CommandError) -> ExitCode {
        var table = SenderRetries()
        var attempt = 1
        while true {
            let result = try await post(try body(attempt))
            Terminal.out("\(id) attempt \(attempt): \(result.text)\n")
            let step = table.next(status: result.status, retryAfterSeconds: result.retryAfterSeconds)
            if step == .done { return .success }
            guard retries, case .again(let seconds) = step else {
                return result.status == nil ? .unavailable : .no
            }
            Terminal.out("\(id) is sent again in \(seconds) s\n")
            do { try await Live.effects.sleep(seconds * 1_000) } catch { return .no }
            attempt += 1
        }
    }

    private struct Result {
        var status: Int?
        var retryAfterSeconds: Int?
        var text: String
    }

    private func post(_ body: [UInt8]) async throws(CommandError) -> Result {
        var url = url
        for _ in 0...SenderRetries.redirectsMax {
            let signed = try SignedRequest(body: body, unixSeconds: Live.unixSeconds, signer: signer)
            let request = ClientRequest(
                method: "POST", url: url,
                headers: signed.fields.map { HeaderField($0.name, $0.value) },
                body: body, timeoutSeconds: Double(SenderRetries.timeoutSeconds))
            let response: ClientResponse
            do { response = try await client.send(request) } catch {
                return Result(text: "no answer: \(error.message)")
            }
            if (300...399).contains(response.status), let next = response.header("Location") {
                url = next
                continue
            }
            // A line feed at its end is no part of what it says.
            let body = response.body.last == 0x0A ? response.body.dropLast() : response.body[...]
            let text = Terminal.plain(String(decoding: body.prefix(4_096), as: UTF8.self))
            return Result(
                status: response.status,
                retryAfterSeconds: response.header("Retry-After").flatMap { Int($0) },
                text: "\(response.status) \(text)")
        }
        return Result(status: 310, text: "more than \(SenderRetries.redirectsMax) redirects")
    }
}
