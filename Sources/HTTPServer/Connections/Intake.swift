/// What has arrived of one request; used by the library's thread alone.
struct Intake {
    /// Which call of the library comes next.
    enum Step {
        case head, body, answer
    }

    var step = Step.head
    var target = ""
    /// The address after the target as a C string, to find out whether a NUL cut it short.
    var targetEnd: UInt = 0
    var head: RequestHead?
    var body: [UInt8] = []
    var bodyBytesSeen = 0
    /// The refusal that goes out when the body is through.
    var verdict: ServerResponse?
    var verdictCloses = false
    /// Whether the request is in ``ServerCore/requestsInFlight``.
    var isCounted = false
}
