package import OpenSenseWebhooks

/// One address that is asked regularly while the relay works.
package struct HeartbeatConfiguration: Sendable {
    /// How it is asked.
    package enum Method: String, Sendable, CaseIterable {
        /// `GET`
        case get = "GET"
        /// `POST`, without a body.
        case post = "POST"
    }

    /// The address; a secret, as asking it keeps the monitor quiet.
    package var url: Secret
    /// How often it is asked, in seconds.
    package var everySeconds: Int
    /// How it is asked.
    package var method: Method
    /// What it is signed with; nil for nothing.
    ///
    /// It is a `POST` of `{}` then, with the HMAC-SHA-256 of that under the secret's text in
    /// `X-Webhook-Signature`, in lowercase hexadecimal digits.
    package var secret: Secret?

    /// The most heartbeats of one relay.
    package static let countMax = 8
    /// How often an address may be asked, in seconds.
    package static let everySecondsRange = 10...86_400
    /// The longest address, in bytes.
    package static let urlBytesMax = 4_096

    /// A heartbeat.
    package init(url: Secret, everySeconds: Int = 60, method: Method = .get) {
        self.url = url
        self.everySeconds = everySeconds
        self.method = method
    }
}
