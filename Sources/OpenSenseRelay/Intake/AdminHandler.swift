internal import HTTPServer
internal import OpenSenseWebhooks
internal import RelayCore

/// Answers about the relay's health only, on an address apart from the one that deliveries come to.
struct AdminHandler: ServerHandler {
    private let intake: IntakeHandler

    init(_ intake: IntakeHandler) { self.intake = intake }

    func admit(_ head: RequestHead) -> ServerResponse? {
        guard HealthPath(rawValue: head.path) == nil else { return intake.judge(head) }
        return intake.refuse(head.peer, head.path, .notFound, code: WebhookResponse.notFound.code)
    }

    func handle(_ request: ServerRequest, reply: ServerReply) { intake.handle(request, reply: reply) }

    func turnEnded() { intake.turnEnded() }

    func refusal(_ refusal: ServerRefusal, peer: String, target: String) -> ServerResponse {
        intake.refusal(refusal, peer: peer, target: target)
    }

    func note(_ notice: ServerNotice) { intake.note(notice) }
}
