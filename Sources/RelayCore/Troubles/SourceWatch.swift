/// What is known of the sources: when each was last heard, and which sites and devices it has spoken of.
///
/// The store keeps it, so that it outlives a restart and is one for all relays.
struct SourceWatch: Sendable {
    /// For how long after a start no source counts as silent, in milliseconds.
    ///
    /// What could not be delivered meanwhile is on its way. Less than the health that ends a trouble.
    private static let startMilliseconds = 240_000

    private let silenceMilliseconds: [String: Int]
    private let begun: SteadyTime
    private var heardAt: [String: SteadyTime] = [:]
    private var known: Set<SourceSubject> = []
    private var unsaved: Set<SourceSubject> = []
    /// How many the store had when they were last read.
    private var storedCount = 0
    /// The sources that strangers have spoken for who know what they have spoken of, and that nothing
    /// authentic has come from since.
    private(set) var impersonated: Set<String> = []

    /// A watch over the sources whose silence is limited, by path.
    init(silenceMilliseconds: [String: Int], now: SteadyTime) {
        self.silenceMilliseconds = silenceMilliseconds
        begun = now
    }

    /// Remembers what was heard.
    mutating func note(_ signs: TroubleSigns, at now: SteadyTime) {
        for (path, subjects) in signs.heard {
            heardAt[path] = now
            impersonated.remove(path)
            for name in subjects {
                let subject = SourceSubject(source: path, name: name)
                guard known.count < StoreSurvey.subjectsMax, known.insert(subject).inserted else { continue }
                unsaved.insert(subject)
            }
        }
        for (path, subjects) in signs.unproven
        where subjects.contains(where: { known.contains(SourceSubject(source: path, name: $0)) }) {
            impersonated.insert(path)
        }
    }

    /// The sources that have been silent for too long, and since when.
    func silent(at now: SteadyTime) -> [(path: String, since: SteadyTime)] {
        silenceMilliseconds.sorted { $0.key < $1.key }.compactMap { path, most in
            let since = heardAt[path] ?? begun
            let isSilent = now.milliseconds(since: since) >= most
            return isSilent && now.milliseconds(since: begun) >= Self.startMilliseconds ? (path, since) : nil
        }
    }

    // MARK: The store

    /// What the store is to be asked, and what it is to remember.
    func request(_ places: [String: [String]], at now: SteadyTime) -> SurveyRequest {
        SurveyRequest(
            places: places, heardAgo: heardAt.mapValues { now.milliseconds(since: $0) }, subjects: unsaved,
            subjectsKnown: storedCount)
    }

    /// The store has remembered what it was asked to at `asked`, and knows this.
    mutating func surveyed(_ request: SurveyRequest, _ survey: StoreSurvey, at asked: SteadyTime) {
        unsaved.subtract(request.subjects)
        storedCount = survey.subjectsCount
        // What was heard by a clock that was ahead says nothing.
        for (path, milliseconds) in survey.heardAgo where milliseconds >= 0 {
            let time = asked.adding(milliseconds: -milliseconds)
            heardAt[path] = max(heardAt[path] ?? time, time)
        }
        known.formUnion(survey.subjects.prefix(max(StoreSurvey.subjectsMax - known.count, 0)))
    }
}
