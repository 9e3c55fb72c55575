package import AdapterKit

/// Something that is wrong with the relay itself, or with what it stands between.
///
/// Each opens one incident, however often it is seen.
package struct Trouble: Sendable, Hashable {
    /// What is wrong; the names are part of the incident's key and never change.
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        /// A vendor refused an update for good.
        case deadLetter = "dead-letter"
        /// An update was tried for a day without success.
        case givenUp = "given-up"
        /// An authentic delivery cannot be read.
        case unreadable
        /// Work is due for a destination, and nothing succeeds.
        case stalled
        /// A destination refuses its credentials.
        case credentials
        /// Work waits for a destination, or for credentials, that no running relay has.
        case unclaimed
        /// Authentic deliveries are put off for their age: a clock is wrong.
        case clock
        /// The store cannot commit.
        case store
        /// A source has sent nothing for longer than is expected of it.
        case silent
        /// Requests for known sensors are signed with a secret that is not among ours.
        case secret
        /// A source's deliveries come to a path that is no source's.
        case path
        /// The certificate that senders are shown ends soon.
        case certificate
    }

    /// What is wrong.
    package let kind: Kind
    /// With what: a destination's name, a source's path; empty for the relay as a whole.
    package let subject: String

    /// A trouble with `subject`.
    package init(_ kind: Kind, _ subject: String = "") {
        self.kind = kind
        self.subject = subject
    }

    /// The key of its incident: `relay/stalled/oncall`.
    package var key: IncidentKey {
        IncidentKey(relay: [kind.rawValue] + (subject.isEmpty ? [] : [subject]))
    }

    /// The destination that it is about, which cannot be asked to report it.
    var destination: String? {
        switch kind {
        case .deadLetter, .givenUp, .stalled, .credentials, .unclaimed: subject
        case .unreadable, .clock, .store, .silent, .secret, .path, .certificate: nil
        }
    }

    /// For how long it goes on before it is reported, in milliseconds.
    var patienceMilliseconds: Int {
        switch kind {
        case .stalled, .clock: 300_000
        case .silent, .unclaimed, .secret, .certificate: 0
        case .deadLetter, .givenUp, .unreadable, .credentials, .store, .path: 60_000
        }
    }

    /// For how long after a report it is not reported anew, in milliseconds.
    var restMilliseconds: Int {
        switch kind {
        // Strangers may cause the first, each alarm the second, and the third is said every day.
        case .secret, .path, .certificate: 86_400_000
        default: 0
        }
    }
}

/// A sign of a trouble.
package struct TroubleSign: Sendable, Hashable {
    /// Which trouble.
    package var trouble: Trouble
    /// What was seen, for the person who is paged; without secrets.
    package var text: String

    /// A sign.
    package init(_ trouble: Trouble, _ text: String) {
        self.trouble = trouble
        self.text = text
    }

    /// What an event of the log is a sign of; nil for most.
    ///
    /// What becomes of the relay's own incidents is none: a report that cannot be sent must not cause
    /// another.
    package init?(_ event: RelayEvent) {
        switch event {
        case .jobDead(let job, _, let reason) where !job.isOfRelay:
            let kind: Trouble.Kind = reason.hasPrefix("given up") ? .givenUp : .deadLetter
            self.init(
                Trouble(kind, job.destination), "\(job.action) of \(job.incident) is a dead letter: \(reason)"
            )
        case .jobPassed(let job, let reason) where job.action == "resolve" && !job.isOfRelay:
            self.init(
                Trouble(.deadLetter, job.destination),
                "the end of \(job.incident) always failed (\(reason)), and a newer alarm went ahead, which may "
                    + "not have paged")
        case .deliveryAccepted(let delivery) where delivery.verdict == .deadLetter:
            self.init(
                Trouble(.unreadable),
                "delivery \(delivery.id) cannot be read (\(delivery.reason ?? "-")); an alarm may be in it")
        case .credentialsRefused(let job, let reason) where !job.isOfRelay:
            self.init(Trouble(.credentials, job.destination), reason)
        case .deliveryRefused(let origin, "timestamp-outside-tolerance", let reason):
            self.init(
                Trouble(.clock),
                "signed deliveries at \(origin.path) are put off; is this machine's clock right? \(reason)")
        case .lanesMended(let destination, let count):
            self.init(
                Trouble(.unclaimed, destination),
                "updates of \(count) incidents stood still without a reason, and are sent now")
        case .pathMistyped(let origin, let source):
            self.init(
                Trouble(.path, source),
                "deliveries come to \(origin.path); correct the URL of the webhook")
        case .certificateEnding(let path, let days) where days < Self.certificateDaysMin:
            self.init(
                Trouble(.certificate),
                days < 0
                    ? "the certificate in \(path) has ended, and senders refuse it: no alarm comes any more"
                    : "the certificate in \(path) ends in \(days) days; senders refuse it then")
        default: return nil
        }
    }

    /// For how many days a certificate has to be good, so that its end wakes no one.
    private static let certificateDaysMin = 4
}

extension JobReference {
    /// Whether its incident is one of the relay's own.
    var isOfRelay: Bool { incident.hasPrefix("relay/") }
}
