internal import HTTPClient
internal import HeaderFields

/// Requests by libcurl, in one thread for each client of OpShift.
struct LibcurlTransport: OpShiftTransport {
    private let client: HTTPClient

    init() throws(OpShiftError) {
        do { client = try HTTPClient() } catch { throw .network(error.message) }
    }

    func send(_ request: OpShiftRequest) async throws -> OpShiftResponse {
        let (seconds, attoseconds) = request.timeout.components
        let exchange = ClientRequest(
            method: "POST", url: request.url, headers: request.headers.map { HeaderField($0.name, $0.value) },
            body: request.body, timeoutSeconds: Double(seconds) + Double(attoseconds) / 1e18)
        do {
            let answer = try await client.send(exchange)
            return OpShiftResponse(statusCode: answer.status, body: answer.body)
        } catch {
            try Task.checkCancellation()
            throw OpShiftError.network(error.message)
        }
    }
}
