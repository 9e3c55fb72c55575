/// What a relay asks its store now and then, and has it remember.
package struct SurveyRequest: Sendable, Hashable {
    /// The places that the relay has, by destination.
    package var places: [String: [String]]
    /// How long ago each source was last heard, by its path, in milliseconds.
    package var heardAgo: [String: Int]
    /// The sites and devices that sources have spoken of for the first time.
    package var subjects: Set<SourceSubject>
    /// How many the store had when the relay last read them; where it has others now, all are read.
    package var subjectsKnown: Int

    /// A request.
    package init(
        places: [String: [String]], heardAgo: [String: Int] = [:], subjects: Set<SourceSubject> = [],
        subjectsKnown: Int = 0
    ) {
        self.places = places
        self.heardAgo = heardAgo
        self.subjects = subjects
        self.subjectsKnown = subjectsKnown
    }
}

/// A site or a device that a source has spoken of in an authentic delivery.
package struct SourceSubject: Sendable, Hashable, Comparable {
    /// The source's path.
    package var source: String
    /// `site/NAME` or `device/NAME`.
    package var name: String

    /// A subject.
    package init(source: String, name: String) {
        self.source = source
        self.name = name
    }

    package static func < (one: SourceSubject, other: SourceSubject) -> Bool {
        (one.source, one.name) < (other.source, other.name)
    }
}

/// What a relay looks for in its store now and then.
package struct StoreSurvey: Sendable, Hashable {
    /// How many jobs have been due for ``unclaimedMilliseconds`` and can be done by no relay that runs, by
    /// destination.
    package var unclaimed: [String: Int]
    /// The keys of the relay's own incidents that are open.
    package var ownIncidents: [String]
    /// How long ago each source was last heard by any relay, by its path, in milliseconds.
    package var heardAgo: [String: Int]
    /// The sites and devices that sources have spoken of; empty where there are as many as before.
    package var subjects: [SourceSubject]
    /// How many of them there are.
    package var subjectsCount: Int

    /// The most that are read.
    package static let subjectsMax = 20_000

    /// For how long a job is due before it counts as unclaimed, in milliseconds.
    package static let unclaimedMilliseconds = 900_000

    /// A survey.
    package init(
        unclaimed: [String: Int], ownIncidents: [String], heardAgo: [String: Int] = [:],
        subjects: [SourceSubject] = [], subjectsCount: Int? = nil
    ) {
        self.unclaimed = unclaimed
        self.ownIncidents = ownIncidents
        self.heardAgo = heardAgo
        self.subjects = subjects
        self.subjectsCount = subjectsCount ?? subjects.count
    }
}
