/// What is known of the sources: when each was last heard, and which sites and devices it has spoken of.
///
/// The store keeps it, so that it outlives a restart and is one for all relays.
struct SourceWatch: Sendable {
    /// The most sites and devices that are remembered.
    private static let subjectsMax = 20_000
    /// For how long after a start no source counts as silent, in milliseconds: what could not be delivered
    /// meanwhile is on its way.
    private static let startMilliseconds = 600_000

    private let silenceMilliseconds: [String: Int]
    private let begun: SteadyTime
    private var heardAt: [String: SteadyTime] = [:]
    private var known: Set<SourceSubject> = []
    private var unsaved: Set<SourceSubject> = []

    /// A watch over the sources whose silence is limited, by path.
    init(silenceMilliseconds: [String: Int], now: SteadyTime) {
        self.silenceMilliseconds = silenceMilliseconds
        begun = now
    }

    /// Remembers what was heard.
    ///
    /// - Returns: The paths of the sources that strangers speak for who know what they have spoken of.
    mutating func note(_ signs: TroubleSigns, at now: SteadyTime) -> [String] {
        for (path, subjects) in signs.heard {
            heardAt[path] = now
            for name in subjects {
                let subject = SourceSubject(source: path, name: name)
                guard known.count < Self.subjectsMax, known.insert(subject).inserted else { continue }
                unsaved.insert(subject)
            }
        }
        return signs.unproven.filter { path, subjects in
            subjects.contains { known.contains(SourceSubject(source: path, name: $0)) }
        }.map(\.key).sorted()
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
            subjectsKnown: known.count - unsaved.count)
    }

    /// The store has remembered what it was asked to, and knows this.
    mutating func surveyed(_ request: SurveyRequest, _ survey: StoreSurvey, at now: SteadyTime) {
        unsaved.subtract(request.subjects)
        for (path, milliseconds) in survey.heardAgo {
            let time = now.adding(milliseconds: -max(milliseconds, 0))
            heardAt[path] = max(heardAt[path] ?? time, time)
        }
        known.formUnion(survey.subjects.prefix(max(Self.subjectsMax - known.count, 0)))
    }
}
