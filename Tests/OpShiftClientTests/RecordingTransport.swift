import OpShiftClient
import Synchronization

/// Keeps the requests, and answers as the test wants.
final class RecordingTransport: OpShiftTransport {
    private let state = Mutex<(requests: [OpShiftRequest], answer: Result<OpShiftResponse, any Error>)>(
        ([], .success(OpShiftResponse(statusCode: 200, body: Array("{}".utf8)))))

    init() {}

    init(_ status: Int, _ body: String) { answer(status, body) }

    var requests: [OpShiftRequest] { state.withLock { $0.requests } }

    /// The body of the last request, as text.
    var body: String { String(decoding: requests.last?.body ?? [], as: UTF8.self) }

    func answer(_ status: Int, _ body: String) {
        state.withLock { $0.answer = .success(OpShiftResponse(statusCode: status, body: Array(body.utf8))) }
    }

    func fail(_ error: any Error) { state.withLock { $0.answer = .failure(error) } }

    func send(_ request: OpShiftRequest) async throws -> OpShiftResponse {
        try state.withLock { state in
            state.requests.append(request)
            return try state.answer.get()
        }
    }
}
