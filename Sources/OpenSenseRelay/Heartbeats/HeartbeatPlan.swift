package import RelayCore

/// When heartbeats are sent: the decision, without clock, store or network.
///
/// A heartbeat says that the relay's store commits and that its dispatcher turns. It is held back while one
/// of the two is not known to be so; for a store that had nothing to write a probe is asked for first.
package struct HeartbeatPlan: Sendable {
    /// How old the last commit may be when a heartbeat is sent; one that is older is probed for.
    ///
    /// - Unit: milliseconds.
    package static let commitAgeMax = 5_000
    /// How long ago the dispatcher may have turned when a heartbeat is sent; idle it turns once a second.
    ///
    /// - Unit: milliseconds.
    package static let turnAgeMax = 30_000
    /// How long a heartbeat is held back before that is said.
    ///
    /// - Unit: milliseconds.
    package static let patience = 5_000
    /// How soon it is looked again while one is held back.
    ///
    /// - Unit: milliseconds.
    package static let lookAgain = 1_000
    /// How long after one probe the next one begins.
    ///
    /// - Unit: milliseconds.
    package static let probeAgain = 5_000
    /// How soon one that was not taken is sent again, when its usual time is not sooner.
    ///
    /// - Unit: milliseconds.
    package static let sendAgain = 30_000

    /// What is known of the relay.
    package struct Signs: Sendable, Hashable {
        /// When the store last committed; nil where it has not, or has failed since.
        package var committedAt: SteadyTime?
        /// When the dispatcher last turned.
        package var turnedAt: SteadyTime?

        /// No sign of life.
        package init() {}
    }

    /// Why heartbeats are held back.
    package enum Lack: Sendable, Hashable {
        /// The store does not commit, or is not known to.
        case commit
        /// The dispatcher does not turn.
        case turn
    }

    /// What is to be done now.
    package struct Step: Sendable, Hashable {
        /// The heartbeats to send, by their number.
        package var send: [Int] = []
        /// Whether the store is to be probed; ``HeartbeatPlan/probeEnded()`` follows.
        package var isProbeDue = false
        /// The heartbeats that have been held back for longer than ``HeartbeatPlan/patience``, and why.
        package var heldBack: [Int: Lack] = [:]
        /// When to take the next step, unless a probe ends or a heartbeat is answered sooner; nil for never.
        package var wakeAt: SteadyTime?
    }

    private struct Beat {
        let everyMilliseconds: Int
        var dueAt: SteadyTime
    }

    private var beats: [Beat]
    private var isProbing = false
    private var nextProbeAt: SteadyTime

    /// A plan of heartbeats that are due at once and then every so many seconds.
    ///
    /// - Parameter delays: How much later than at once the first of each is due, in milliseconds; of one that
    ///   has none here it is due at once.
    package init(everySeconds: [Int], delays: [Int] = [], now: SteadyTime) {
        beats = everySeconds.enumerated().map { index, seconds in
            let delay = index < delays.count ? delays[index] : 0
            return Beat(everyMilliseconds: seconds * 1_000, dueAt: now.adding(milliseconds: delay))
        }
        nextProbeAt = now
    }

    /// What is to be done at `now`, by what is known of the relay.
    package mutating func step(_ signs: Signs, at now: SteadyTime) -> Step {
        var step = Step()
        let due = beats.indices.filter { beats[$0].dueAt <= now }
        if let lack = lack(signs, now) {
            for index in due where now.milliseconds(since: beats[index].dueAt) > Self.patience {
                step.heldBack[index] = lack
            }
            if lack == .commit, !due.isEmpty, !isProbing, nextProbeAt <= now {
                (step.isProbeDue, isProbing) = (true, true)
                nextProbeAt = now.adding(milliseconds: Self.probeAgain)
            }
        } else {
            step.send = due
            for index in due {
                beats[index].dueAt = now.adding(milliseconds: beats[index].everyMilliseconds)
            }
        }
        step.wakeAt = beats.map(\.dueAt).min().map {
            $0 > now ? $0 : now.adding(milliseconds: Self.lookAgain)
        }
        return step
    }

    /// The probe that was asked for has ended, well or not.
    package mutating func probeEnded() { isProbing = false }

    /// A heartbeat has more to do a second after `now`.
    package mutating func hasten(_ index: Int, at now: SteadyTime) {
        beats[index].dueAt = min(beats[index].dueAt, now.adding(milliseconds: Self.lookAgain))
    }

    /// A heartbeat was not taken at `now`.
    package mutating func failed(_ index: Int, at now: SteadyTime) {
        beats[index].dueAt = min(beats[index].dueAt, now.adding(milliseconds: Self.sendAgain))
    }

    private func lack(_ signs: Signs, _ now: SteadyTime) -> Lack? {
        // Where nothing is dispatched it does not matter whether it could be written down.
        guard let turned = signs.turnedAt, now.milliseconds(since: turned) <= Self.turnAgeMax else {
            return .turn
        }
        guard let committed = signs.committedAt, now.milliseconds(since: committed) <= Self.commitAgeMax
        else {
            return .commit
        }
        return nil
    }
}
