internal import AdapterKit
internal import HeaderFields
internal import OpenSenseWebhooks

/// Watches for the relay's own troubles, and has them reported.
///
/// A report is a delivery of the relay to itself, which the journal accepts like any other. That the store
/// cannot commit is sent at once and without it, as often as that takes.
struct TroubleReporting: Sendable {
    /// How often the store is looked through, in milliseconds.
    private static let surveyMilliseconds = 60_000
    /// How often a report is sent again that could not be accepted or sent, in milliseconds.
    private static let retryMilliseconds = 30_000

    /// What is to be done.
    struct Outputs: Sendable {
        var operations: [JournalOperation] = []
        var events: [RelayEvent] = []
        /// Reports that are sent without the journal.
        var direct: [Acceptance] = []
    }

    private let policy: TroublePolicy
    private var watch = TroubleWatch()
    private var surveyAt: SteadyTime
    /// Since when the store is being looked through.
    private var surveyingSince: SteadyTime?
    private var isSurveying: Bool { surveyingSince != nil }
    private var hasRestored = false
    private var sources: SourceWatch
    /// Reports that are being accepted, by the delivery's id, and those that are to be again.
    private var accepting: [String: Acceptance] = [:]
    private var again: [Acceptance] = []
    private var againAt: SteadyTime?
    /// Whether nothing more is begun.
    var isStopped = false

    init(_ policy: TroublePolicy, now: SteadyTime) {
        self.policy = policy
        surveyAt = now
        sources = SourceWatch(silenceMilliseconds: policy.silenceMilliseconds, now: now)
    }

    /// Whether no operation runs.
    var isIdle: Bool { accepting.isEmpty && !isSurveying }

    private var isOff: Bool { policy.isOff }

    /// When ``tick(_:past:at:)`` is due; a silence is noticed with the next look through the store.
    var nextTick: SteadyTime? {
        guard !isStopped, !isOff else { return nil }
        return [watch.nextTick, isSurveying ? nil : surveyAt, againAt].compactMap(\.self).min()
    }

    // MARK: Signs

    mutating func note(_ event: RelayEvent, at now: ClockReading) {
        guard !isOff, let sign = TroubleSign(event) else { return }
        watch.note(sign, at: now)
    }

    mutating func note(_ signs: TroubleSigns, at now: ClockReading) {
        guard !isOff else { return }
        for sign in signs.signs { watch.note(sign, at: now) }
        sources.note(signs, at: now.steady)
    }

    /// An operation of the relay's failed, so that nothing can be accepted either.
    mutating func noteFailure(_ error: StoreError, at now: ClockReading) {
        guard !isOff, error.kind != .overloaded else { return }
        watch.note(TroubleSign(Trouble(.store), error.description), at: now)
    }

    /// Something was written.
    mutating func noteStoreWorks() { watch.forget(Trouble(.store)) }

    private mutating func noteStates(_ engine: DeliveryEngine, at now: ClockReading) {
        for stalled in engine.stalledDestinations(at: now.steady) {
            let sign = TroubleSign(
                Trouble(.stalled, stalled.name), "the last attempt has failed: \(stalled.reason)")
            watch.keep(sign, begun: stalled.since, at: now)
        }
        for (path, since) in sources.silent(at: now.steady) {
            let hours = now.steady.milliseconds(since: since) / 3_600_000
            let sign = TroubleSign(
                Trouble(.silent, path), "nothing has come for \(hours) h; was its webhook deleted?")
            watch.keep(sign, begun: since, at: now)
        }
        for path in sources.impersonated.sorted() {
            let text =
                "requests for sites or devices of this source are signed with another secret, and nothing else "
                + "comes; was it changed? They are kept: opensense-relay quarantine"
            watch.keep(TroubleSign(Trouble(.secret, path), text), at: now)
        }
    }

    // MARK: Time

    mutating func tick(_ engine: DeliveryEngine, past: AcceptancePolicy, at now: ClockReading) -> Outputs {
        var outputs = Outputs()
        guard !isStopped, !isOff else { return outputs }
        noteStates(engine, at: now)
        for report in watch.tick(at: now) { put(report, past, at: now, &outputs) }
        if let time = againAt, time <= now.steady {
            againAt = nil
            let waiting = again
            again = []
            for acceptance in waiting { accept(acceptance, &outputs) }
        }
        if !isSurveying, now.steady >= surveyAt {
            surveyingSince = now.steady
            outputs.operations.append(
                .survey(sources.request(engine.knownPlaces, at: now.steady), now: now.wall))
        }
        return outputs
    }

    private mutating func put(
        _ report: TroubleWatch.Report, _ past: AcceptancePolicy, at now: ClockReading,
        _ outputs: inout Outputs
    ) {
        outputs.events.append(
            report.isOver
                ? .troubleOver(key: report.trouble.key.text)
                : .troubleReported(key: report.trouble.key.text, count: report.count, reason: report.text))
        guard let acceptance = report.acceptance(policy, past, at: now.wall) else { return }
        if report.trouble.kind == .store, !report.isOver { outputs.direct.append(acceptance) }
        accept(acceptance, &outputs)
    }

    private mutating func accept(_ acceptance: Acceptance, _ outputs: inout Outputs) {
        accepting[acceptance.deliveryID] = acceptance
        outputs.operations.append(.accept(acceptance))
    }

    // MARK: The journal

    /// Whether the operation is one of these; then what it came to is noted.
    ///
    /// - Returns: The destinations that have work; nil for an operation of another's.
    mutating func completed(
        _ operation: JournalOperation, _ result: Result<JournalResult, StoreError>, at now: ClockReading
    ) -> [String]? {
        switch operation {
        case .survey(let request, _):
            let asked = surveyingSince ?? now.steady
            surveyingSince = nil
            surveyAt = now.steady.adding(milliseconds: Self.surveyMilliseconds)
            if case .success(let done) = result {
                sources.surveyed(request, done.survey, at: asked)
                surveyed(done.survey, at: now)
            }
            return []
        case .accept(let given):
            guard let acceptance = accepting.removeValue(forKey: given.deliveryID) else { return nil }
            guard case .success(let done) = result else {
                again.append(acceptance)
                againAt = now.steady.adding(milliseconds: Self.retryMilliseconds)
                return []
            }
            if case .accepted(_, _, _, let due) = done.acceptance { return due }
            return []
        default: return nil
        }
    }

    private mutating func surveyed(_ survey: StoreSurvey, at now: ClockReading) {
        for (name, count) in survey.unclaimed {
            let text =
                "\(count) updates wait for it, and no running relay has it, or the credentials that opened "
                + "their incidents"
            watch.note(TroubleSign(Trouble(.unclaimed, name), text), at: now)
        }
        // Left by an earlier life; what is reported later may be another relay's.
        guard !hasRestored else { return }
        hasRestored = true
        watch.restore(survey.ownIncidents.compactMap(Trouble.init(key:)), at: now)
    }
}

extension Trouble {
    /// The trouble whose incident has the key `key`; nil for a kind that this version does not know.
    init?(key: String) {
        let parts = key.split(separator: "/", omittingEmptySubsequences: false).map {
            PercentEncoding.decodedText($0)
        }
        guard parts.count >= 2, parts[0] == "relay", let kind = Kind(rawValue: parts[1]) else { return nil }
        self.init(kind, parts.count > 2 ? parts[2] : "")
    }
}
