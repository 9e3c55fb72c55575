internal import AdapterKit
internal import OpenSenseWebhooks

/// What was seen on the wires, for the checker and for people; never what the relay says of itself.
final class Chronicle {
    /// A request that reached a running relay.
    struct Arrival {
        let time: Int
        let configuration: RelayConfiguration
        /// How old it seemed by the relay's clock, in milliseconds.
        var age = 0
    }

    /// What a relay answered, whether it was heard or not.
    struct Answer {
        let time: Int
        let status: Int
        let code: String
    }

    /// A request that reached a vendor.
    struct VendorRecord {
        let vendor: String, key: String, delivery: String
        let action: IncidentUpdate.Action
        /// The life of the relay that sent it.
        let process: Int
        let time: Int
        let status: Int
        /// Whether the vendor did what it asks for.
        let isEffective: Bool
        var isPage = false
        /// When the relay heard the answer.
        var answerReceivedAt: Int?
    }

    /// A request that a relay sent to a vendor, whatever became of it.
    struct Attempt {
        let vendor: String, key: String, delivery: String
        let action: IncidentUpdate.Action
        let start: Int
        /// When the relay had the answer, or gave up waiting for one.
        var end: Int?
        /// The answer's; nil for none.
        var status: Int?
    }

    /// A span of time in which something was wrong.
    struct Trouble {
        /// What was wrong.
        enum Place: Hashable { case disk, clock, vendor(String), other }

        let place: Place
        let start: Int
        var end: Int?
    }

    private(set) var attempts: [Attempt] = []
    private(set) var troubles: [Trouble] = []
    private(set) var arrivals: [Int: [Arrival]] = [:]
    private(set) var answers: [Int: [Answer]] = [:]
    /// Dead letters that a person saw, and had tried again.
    private(set) var seenLetters: [SimulatedJournal.DeadLetter] = []
    /// The numbers of the jobs that a person had tried again in the last round, and that the desk did not
    /// refuse to.
    private(set) var retriedJobs: Set<Int> = []
    /// When the relay's life began or ended.
    private(set) var turns: [Int] = []
    /// Jobs that were leased still when a relay had ended in good order.
    private(set) var leftLeased = 0
    private(set) var vendorRecords: [VendorRecord] = []
    private(set) var configurations: [RelayConfiguration] = []
    private let agenda: Agenda
    private let start: Int
    private let print: ((String) -> Void)?

    init(agenda: Agenda, print: ((String) -> Void)?) {
        self.agenda = agenda
        self.print = print
        start = agenda.now
    }

    func log(_ words: @autoclosure () -> String) {
        guard let print else { return }
        let time = agenda.now - start
        print("\(time / 1_000).\(String("\(time % 1_000 + 1_000)".dropFirst())) \(words())")
    }

    func started(_ process: Int, _ configuration: RelayConfiguration, at time: Int) {
        configurations.append(configuration)
        log(
            "relay \(process): started; alarms to \(configuration.alarms), others to \(configuration.others), "
                + "mild alarms to \(configuration.mildAlarms), key \(configuration.key)")
    }

    func arrived(
        _ request: WireRequest, configuration: RelayConfiguration, clockError: Int, at time: Int
    ) {
        log("relay: \(request.deliveryID) arrives")
        guard let event = request.event else { return }
        arrivals[event, default: []].append(
            Arrival(
                time: time, configuration: configuration, age: time + clockError - request.signedAt))
    }

    func answered(_ request: WireRequest, _ answer: RelayAnswer, at time: Int) {
        log("relay: \(request.deliveryID) is answered \(answer.status) \(answer.code)")
        guard let event = request.event else { return }
        answers[event, default: []].append(
            Answer(time: time, status: answer.status, code: answer.code))
    }

    func turned() { turns.append(agenda.now) }

    func stoppedOrderly(leased: Int) {
        leftLeased += leased
        turned()
    }

    // MARK: What a person does

    /// From here on nothing goes wrong, and a person has everything tried again for the last time.
    func lastRoundBegins() { retriedJobs = [] }

    /// A person has the request of an event judged again.
    func requested(_ event: Int, by configuration: RelayConfiguration) {
        log("operator: wh_\(event) is to be judged again")
        arrivals[event, default: []].append(Arrival(time: agenda.now, configuration: configuration))
    }

    /// A person sees that an event has left the quarantine.
    func acceptedLater(_ event: Int) {
        log("operator: wh_\(event) was accepted")
        answers[event, default: []].append(Answer(time: agenda.now, status: 200, code: "accepted-later"))
    }

    /// A person has a dead letter tried again.
    func retried(_ letter: SimulatedJournal.DeadLetter, isDone: Bool) {
        log("operator: job \(letter.job) of \(letter.delivery) is \(isDone ? "" : "not ")tried again")
        seenLetters.append(letter)
        if isDone { retriedJobs.insert(letter.job) }
    }

    /// - Returns: The attempt's number.
    func attempted(_ vendor: String, _ words: [String], _ action: IncidentUpdate.Action) -> Int {
        attempts.append(
            Attempt(
                vendor: vendor, key: words[0], delivery: words[1], action: action, start: agenda.now))
        return attempts.count - 1
    }

    func attemptEnded(_ number: Int, status: Int?) {
        (attempts[number].end, attempts[number].status) = (agenda.now, status)
    }

    /// - Returns: The trouble's number.
    func troubleBegan(_ place: Trouble.Place) -> Int {
        troubles.append(Trouble(place: place, start: agenda.now))
        return troubles.count - 1
    }

    func troubleEnded(_ number: Int) { troubles[number].end = agenda.now }

    /// - Returns: The record's number.
    func recordRequest(_ record: VendorRecord) -> Int {
        log(
            "\(record.vendor): \(record.action.rawValue) \(record.key) of \(record.delivery): \(record.status)"
                + (record.isPage ? ", pages" : ""))
        vendorRecords.append(record)
        return vendorRecords.count - 1
    }

    func recordAnswerReceived(_ record: Int) { vendorRecords[record].answerReceivedAt = agenda.now }
}
