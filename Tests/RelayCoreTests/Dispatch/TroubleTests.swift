import AdapterKit
import OpenSenseWebhooks
import RelayCore
import Testing

/// The relay's own troubles: what causes each, and what ends it.
@Suite struct `A trouble of the relay` {
    /// A dispatcher with a journal and vendors that do what the test says, on a clock of the test's.
    struct World {
        var dispatcher: Dispatcher
        private(set) var now = 0
        private var wakeAt = 0
        private var dueJobs: [(job: LeasedJob, at: Int)] = []
        /// What the journal accepted of the relay's own.
        private(set) var reports: [Acceptance] = []
        /// What was sent without the journal, by destination.
        private(set) var sentDirectly: [String] = []
        /// The methods of what was sent to "d" in that way.
        private(set) var methods: [String] = []
        private var open: Set<String> = []
        var storeFails = false
        var vendorStatus = 202
        var survey: StoreSurvey
        private(set) var surveys: [SurveyRequest] = []
        private(set) var signs = TroubleSigns()

        init(
            survey: StoreSurvey = StoreSurvey(unclaimed: [:], ownIncidents: []),
            adapter: any IncidentAdapter = PlainAdapter(),
            _ change: (inout TroublePolicy) -> Void = { _ in }
        ) throws {
            self.survey = survey
            open = Set(survey.ownIncidents)
            var policy = TroublePolicy()
            policy.destinations = ["d", "e"]
            change(&policy)
            let engine = DeliveryEngine(
                destinations: ["d", "e"].map { DestinationSpec(name: $0, adapter: adapter) },
                policy: RetryPolicy(), seed: 1, now: .zero)
            dispatcher = Dispatcher(
                engine: engine, intake: Intake(sources: [:], router: Router([])), rhythm: BackgroundRhythm(),
                troubles: policy, now: 0)
            feed(.tick)
        }

        mutating func give(_ sign: TroubleSign) { signs.note(sign) }

        mutating func hear(_ path: String, of subjects: [String] = []) {
            signs.hear(SourceVoice(path, isAuthentic: true, subjects: subjects))
        }

        mutating func hearStranger(_ path: String, of subjects: [String]) {
            signs.hear(SourceVoice(path, isAuthentic: false, subjects: subjects))
        }

        /// Makes a job of destination "d" due now.
        mutating func makeDue(incident: String = "alarm/s//", after wait: Int = 0) {
            let job = LeasedJob(
                id: 1_000 + now, destination: "d", action: .open, incident: incident, deliveryID: "wh",
                body: Array(#"{"event":{"kind":"alarm_opened","site_id":"s"}}"#.utf8), attempts: 0,
                triedMilliseconds: 0, begunAt: 0, nonce: "n", lease: 1)
            dueJobs.append((job, now + wait))
        }

        /// Lets time pass.
        mutating func pass(seconds: Int) {
            let end = now + seconds * 1_000
            while true {
                let next = min(max(wakeAt, now + 1), now + 1_000)
                guard next <= end else { break }
                now = next
                feed(.tick)
            }
            now = end
        }

        private mutating func feed(_ input: Dispatcher.Input) {
            let reading = ClockReading(
                wall: WallTime(unixMilliseconds: 1_000_000_000 + now), steady: SteadyTime(milliseconds: now))
            let taken = signs.take()
            let outputs = dispatcher.handle(input, at: reading, signs: taken) { _ in [] }
            for output in outputs {
                switch output {
                case .journal(let operation): feed(.completed(operation, result(of: operation)))
                case .send(let job, let request):
                    if job.id < 0, job.destination == "d" { methods.append(request.method.rawValue) }
                    if job.id < 0 { sentDirectly.append("\(job.action) at \(job.destination)") }
                    feed(.answered(job, VendorResponse(status: vendorStatus), milliseconds: 1))
                case .wake(let wait): wakeAt = now + wait
                case .observe, .ended: break
                }
            }
        }

        private mutating func result(of operation: JournalOperation) -> Result<JournalResult, StoreError> {
            if storeFails { return .failure(StoreError(.inputOutput, "the disk is gone")) }
            switch operation {
            case .accept(let acceptance):
                if isNews(acceptance) { reports.append(acceptance) }
                return .success(.accepted(.accepted(sequence: 1, verdict: .planned, due: [])))
            case .lease(let asked):
                let jobs = dueJobs.filter { asked.destination == "d" && $0.at <= now }
                dueJobs.removeAll { asked.destination == "d" && $0.at <= now }
                return .success(.leased(Lease(jobs: jobs.map(\.job), nextDueInMilliseconds: nil)))
            case .finish(let report, _):
                if case .retry(let wait, _, _) = report.outcome {
                    makeDue(incident: report.reference.incident, after: wait)
                }
                return .success(.finished(.recorded))
            case .survey(let asked, _):
                surveys.append(asked)
                return .success(.surveyed(survey))
            case .takeRequests: return .success(.requests(PeopleRequests(captures: [], deliveries: [])))
            case .prune: return .success(.pruned(0))
            case .mend: return .success(.mended([:]))
            case .renew, .advance: return .success(.held(true))
            case .failOver: return .success(.moved(0))
            case .quarantine, .probe, .release, .settle, .look, .summarize: return .success(.done)
            }
        }

        /// Whether the timeline would not take it for a repetition.
        private mutating func isNews(_ acceptance: Acceptance) -> Bool {
            guard case .step(let key, let step) = acceptance.content else { return true }
            return step.action == .open ? open.insert(key.text).inserted : open.remove(key.text) != nil
        }

        /// What was reported, in a few words.
        var words: [String] {
            reports.map { report in
                guard case .step(let key, let step) = report.content else { return "?" }
                return "\(step.action) \(key.text) at \(step.destinations.joined(separator: ","))"
            }
        }
    }

    static func reference(to incident: String) -> JobReference {
        JobReference(
            LeasedJob(
                id: 1, destination: "d", action: .open, incident: incident, deliveryID: "wh_1", body: [],
                attempts: 0, triedMilliseconds: 0, begunAt: 0, nonce: "n", lease: 1))
    }

    static let job = reference(to: "alarm/s//")

    static let signs: [(RelayEvent, String)] = [
        (.jobDead(job, follows: "held", reason: "status 400"), "relay/dead-letter/d at e"),
        (.jobDead(job, follows: "held", reason: "given up: status 503"), "relay/given-up/d at e"),
        (
            .deliveryAccepted(
                AcceptedDelivery(
                    id: "wh_1", kind: "", incident: nil, verdict: .deadLetter, reason: "not-json", sequence: 1
                )
            ), "relay/unreadable at d,e"
        ),
        (.credentialsRefused(job, reason: "status 401"), "relay/credentials/d at e"),
    ]

    @Test(arguments: signs)
    func `is reported after a minute, once, elsewhere than where it is, and over after five`(
        _ event: RelayEvent, _ place: String
    ) throws {
        var world = try World()
        let sign = try #require(TroubleSign(event))
        for _ in 0..<1_000 { world.give(sign) }
        world.pass(seconds: 59)
        #expect(world.words == [])
        world.pass(seconds: 2)
        #expect(world.words == ["open \(place)"])
        world.give(sign)
        world.pass(seconds: 298)
        #expect(world.words == ["open \(place)"])
        world.pass(seconds: 5)
        #expect(world.words == ["open \(place)", "resolve \(place)"])
        world.pass(seconds: 3_600)
        #expect(world.words.count == 2)
    }

    @Test func `has a sentence that a person understands, and a count`() throws {
        var world = try World()
        let sign = try #require(TroubleSign(.jobDead(Self.job, follows: "held", reason: "status 400")))
        for _ in 0..<3 {
            world.give(sign)
            world.pass(seconds: 1)
        }
        world.pass(seconds: 60)
        let report = try #require(world.reports.first)
        let event = try Delivery(body: report.body).event
        guard case .step(let key, _) = report.content else { return }
        let update = IncidentUpdate(action: .open, key: key, event: event, deliveryID: report.deliveryID)
        #expect(
            update.title
                == "opensense-relay: a vendor refuses updates (d), 3 times: open of alarm/s// is a dead letter: "
                + "status 400")
        #expect(update.severity == .critical)
    }

    /// A report that cannot be delivered must not cause the next one.
    @Test func `is not caused by what becomes of reports`() {
        let own = Self.reference(to: "relay/stalled/e")
        #expect(TroubleSign(.jobDead(own, follows: "held", reason: "status 400")) == nil)
        #expect(TroubleSign(.credentialsRefused(own, reason: "status 401")) == nil)
    }

    @Test func `is a destination at which nothing succeeds for five minutes`() throws {
        var world = try World()
        world.vendorStatus = 503
        world.makeDue()
        world.pass(seconds: 299)
        #expect(world.words == [])
        world.pass(seconds: 10)
        #expect(world.words == ["open relay/stalled/d at e"])
        world.vendorStatus = 202
        world.pass(seconds: 1_200)
        #expect(world.words.last == "resolve relay/stalled/d at e")
    }

    @Test func `is no destination that has nothing to do, or that only its own report fails at`() throws {
        var world = try World()
        world.pass(seconds: 3_600)
        world.vendorStatus = 503
        world.makeDue(incident: "relay/unreadable")
        world.pass(seconds: 1_200)
        #expect(world.words == [])
    }

    @Test func `is work that no relay can do`() throws {
        var world = try World()
        world.survey.unclaimed = ["gone": 3]
        world.pass(seconds: 61)
        #expect(world.words == ["open relay/unclaimed/gone at d,e"])
        world.survey.unclaimed = [:]
        world.pass(seconds: 400)
        #expect(world.words.last == "resolve relay/unclaimed/gone at d,e")
    }

    @Test func `is a clock that is wrong for five minutes`() throws {
        var world = try World()
        let origin = RequestOrigin(peer: "p", path: "/opensense")
        let sign = try #require(
            TroubleSign(.deliveryRefused(origin, code: "timestamp-outside-tolerance", reason: "7200 s old")))
        for _ in 0..<5 {
            world.give(sign)
            world.pass(seconds: 60)
        }
        #expect(world.words == [])
        world.give(sign)
        world.pass(seconds: 2)
        #expect(world.words == ["open relay/clock at d,e"])
        world.pass(seconds: 300)
        #expect(world.words.last == "resolve relay/clock at d,e")
    }

    /// It is sent without the journal, and by it once that works again.
    @Test func `is a store that cannot commit`() throws {
        var world = try World()
        world.storeFails = true
        world.pass(seconds: 62)
        #expect(world.sentDirectly == ["open at d", "open at e"])
        #expect(world.words == [])
        world.storeFails = false
        world.pass(seconds: 40)
        #expect(world.words == ["open relay/store at d,e"])
        world.pass(seconds: 300)
        #expect(world.words.last == "resolve relay/store at d,e")
    }

    /// Its vendor is looked at before anything is created there.
    @Test func `sent without the journal takes all of its adapter's steps`() throws {
        var world = try World(adapter: LookingFirst())
        world.storeFails = true
        world.pass(seconds: 62)
        #expect(world.methods == ["GET"])
        world.pass(seconds: 5)
        #expect(world.methods == ["GET", "POST"])
        world.pass(seconds: 120)
        #expect(world.methods == ["GET", "POST"])
    }

    @Test func `sent without the journal is sent again until it is taken`() throws {
        var world = try World()
        (world.storeFails, world.vendorStatus) = (true, 503)
        world.pass(seconds: 62)
        world.vendorStatus = 202
        world.pass(seconds: 120)
        #expect(world.sentDirectly == ["open at d", "open at e", "open at d", "open at e"])
    }

    @Test func `is a source that is silent for longer than is expected of it`() throws {
        var world = try World { $0.silenceMilliseconds["/cold"] = 3_600_000 }
        world.pass(seconds: 3_000)
        world.hear("/cold")
        world.pass(seconds: 3_599)
        #expect(world.words == [])
        world.pass(seconds: 62)
        #expect(world.words == ["open relay/silent/%2Fcold at d,e"])
        world.hear("/cold")
        world.pass(seconds: 302)
        #expect(world.words.last == "resolve relay/silent/%2Fcold at d,e")
    }

    @Test func `that an earlier life has reported is over when it is not seen any more`() throws {
        let left = ["relay/stalled/d", "relay/of-a-later-version/x", "relay"]
        var world = try World(survey: StoreSurvey(unclaimed: [:], ownIncidents: left))
        world.pass(seconds: 301)
        #expect(world.words == ["resolve relay/stalled/d at e"])
    }

    @Test func `is dropped when only the destination in trouble could be asked`() throws {
        var world = try World { $0.destinations = ["d"] }
        world.give(TroubleSign(Trouble(.stalled, "d"), "503"))
        world.pass(seconds: 600)
        #expect(world.words == [])
    }

    @Test func `is watched in bounds`() {
        var watch = TroubleWatch()
        for number in 0..<1_000 {
            watch.note(TroubleSign(Trouble(.deadLetter, "\(number)"), "r"), at: .zero)
        }
        let later = ClockReading(wall: 60_000, steady: 60_000)
        #expect(watch.tick(at: later).count == TroubleWatch.troublesMax)
    }
}

/// Creates 5 s after it has looked.
private struct LookingFirst: IncidentAdapter {
    let traits = AdapterTraits(folds: false)

    func begin(_ update: IncidentUpdate, context: AdapterContext) -> AdapterStep {
        .send(OutboundRequest(method: .get, url: "http://vendor/look"))
    }

    func next(
        _ answer: VendorResponse, to request: OutboundRequest, for update: IncidentUpdate,
        context: AdapterContext
    ) -> AdapterStep {
        guard request.method == .get else { return .done() }
        let create = OutboundRequest(method: .post, url: "http://vendor/create")
        return .askLater(create, after: .seconds(5), progress: "looked")
    }
}
