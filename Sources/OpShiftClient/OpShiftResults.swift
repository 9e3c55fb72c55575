internal import AdapterKit
public import OpenSenseWebhooks

/// What a monitor's ping says.
public enum PingStatus: String, Sendable, Hashable, CaseIterable {
    /// All is well.
    case up
    /// Something is wrong: OpShift raises an alert at once.
    case down
}

/// How bad an alert is.
public enum AlertSeverity: String, Sendable, Hashable, CaseIterable {
    /// Critical: pages everyone, also in quiet hours.
    case sev0
    /// Major: pages the primary on-call at once.
    case sev1
    /// Significant: pages the on-call by the policy's timing.
    case sev2
    /// Minor: a message in Slack.
    case sev3
    /// Informational: logged.
    case sev4
}

/// What OpShift says of a ping that it took.
public struct OpShiftPing: Sendable, Hashable {
    /// OpShift's sentence, such as `Ping received`.
    public let message: String
    /// The monitor; nil where the answer does not name it.
    public let monitor: Monitor?
    /// The status as OpShift took it, `up` or `down`; nil where it does not say.
    public let pingStatus: PingStatus?
    /// The whole answer.
    public let answer: JSONObject

    /// A monitor after a ping.
    public struct Monitor: Sendable, Hashable {
        /// Its name.
        public let name: String
        /// `idle`, `up`, `down` or `paused`; another word where OpShift has a new one.
        public let status: String
        /// Whether monitoring has begun: since the first ping, or the first after a pause.
        public let monitoringActive: Bool

        /// A monitor.
        public init(name: String, status: String, monitoringActive: Bool) {
            self.name = name
            self.status = status
            self.monitoringActive = monitoringActive
        }
    }

    init(_ answer: JSONObject) {
        self.answer = answer
        message = answer["message"]?.text ?? ""
        pingStatus = answer["pingStatus"]?.text.flatMap(PingStatus.init)
        monitor = answer["monitor"].flatMap { monitor in
            guard case .object = monitor else { return nil }
            return Monitor(
                name: monitor["name"]?.text ?? "", status: monitor["status"]?.text ?? "",
                monitoringActive: monitor["monitoringActive"]?.flag ?? false)
        }
    }
}

/// What became of an alert.
public struct OpShiftAlert: Sendable, Hashable {
    /// What became of an alert, in OpShift's word; a word that is new is kept.
    public struct Status: RawRepresentable, Sendable, Hashable {
        /// OpShift's word.
        public let rawValue: String

        /// A status.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// A new alert: people are notified.
        public static let created = Status(rawValue: "created")
        /// One more occurrence of an alert that is open, without a page.
        public static let occurrenceAdded = Status(rawValue: "occurrence_added")
        /// An alert that was resolved a short while ago is open again.
        public static let reopened = Status(rawValue: "reopened")
        /// A filter rule suppressed it; ``OpShiftAlert/reason`` says which.
        public static let filtered = Status(rawValue: "filtered")
    }

    /// The alert's id; nil for one that was filtered.
    public let alertID: String?
    /// What became of it.
    public let status: Status
    /// OpShift's sentence, such as `Alert created`.
    public let message: String
    /// How often it occurred; nil for one that was filtered.
    public let occurrenceCount: Int?
    /// Why it was filtered.
    public let reason: String?
    /// The whole answer.
    public let answer: JSONObject

    init(_ answer: JSONObject) {
        self.answer = answer
        alertID = answer["alertId"]?.text
        status = Status(rawValue: answer["status"]?.text ?? "")
        message = answer["message"]?.text ?? ""
        reason = answer["reason"]?.text
        if case .number(let count)? = answer["occurrenceCount"] {
            occurrenceCount = count.integerValue
        } else {
            occurrenceCount = nil
        }
    }
}

/// Reads answers.
enum OpShiftAnswer {
    /// The longest sentence of a refusal that is repeated, in characters.
    private static let sentenceMax = 300

    static func object(in response: OpShiftResponse) throws(OpShiftError) -> JSONObject {
        let body = JSONBody.decode(response.body)
        guard (200..<300).contains(response.statusCode) else {
            throw OpShiftError(
                cause: .refusal, statusCode: response.statusCode,
                message: sentence(body, response.statusCode),
                body: body)
        }
        guard case .object(let object)? = body else {
            throw OpShiftError(
                cause: .answer, statusCode: response.statusCode, message: "The answer is not a JSON object.",
                body: body)
        }
        return object
    }

    private static func sentence(_ body: JSONValue?, _ status: Int) -> String {
        let text = ["message", "error", "detail"].lazy.compactMap { body?[$0]?.text }.first { !$0.isEmpty }
        return text.map { String($0.prefix(sentenceMax)) } ?? meaning(status)
    }

    /// What the documentation says of a status.
    private static func meaning(_ status: Int) -> String {
        switch status {
        case 400: "A field is missing or invalid, or the metadata are too large."
        case 401: "The signature is missing or wrong: is it the team's webhook secret?"
        case 403: "The subscription has expired."
        case 404: "There is no such monitor or webhook, or it is paused or disabled."
        case 429: "Too many requests, or the month's quota is used up."
        default: "It gave no reason."
        }
    }
}
