import OpenSenseWebhooks
import RelayCore
import Testing

/// What is noticed of the sources, by one relay or by all that share a store.
@Suite struct `A trouble of a source` {
    typealias World = `A trouble of the relay`.World

    static let open = "open relay/secret/%2Fcold at d,e"
    static let over = "resolve relay/secret/%2Fcold at d,e"

    @Test func `is a stranger who knows its devices: its secret was changed`() throws {
        var world = try World()
        world.hear("/cold", of: ["site/s", "device/d"])
        world.pass(seconds: 1)
        world.hearStranger("/cold", of: ["site/other", "device/d"])
        world.pass(seconds: 2)
        #expect(world.words == [Self.open])
        // It lasts until something of the source is authentic again.
        world.pass(seconds: 3_600)
        #expect(world.words == [Self.open])
        world.hear("/cold", of: ["site/s"])
        world.pass(seconds: 302)
        #expect(world.words == [Self.open, Self.over])
    }

    /// Both are seen in one turn.
    @Test(arguments: [true, false]) func `is no stranger who came before the source was heard`(
        _ isFirst: Bool
    ) throws {
        var world = try World()
        if isFirst { world.hearStranger("/cold", of: ["site/s"]) }
        world.hear("/cold", of: ["site/s"])
        if !isFirst { world.hearStranger("/cold", of: ["site/s"]) }
        world.pass(seconds: 600)
        #expect(world.words == (isFirst ? [] : [Self.open]))
    }

    @Test func `is no stranger who knows nothing, or another source's devices`() throws {
        var world = try World()
        world.hear("/cold", of: ["site/s"])
        world.hear("/warm", of: ["site/t"])
        world.pass(seconds: 1)
        world.hearStranger("/cold", of: ["site/t"])
        world.hearStranger("/cold", of: ["device/s"])
        world.hearStranger("/warm", of: [])
        world.pass(seconds: 600)
        #expect(world.words == [])
    }

    /// Strangers can cause it as often as they like.
    @Test func `pages once in a day for strangers`() throws {
        var world = try World()
        world.hear("/cold", of: ["site/s"])
        for _ in 0..<23 {
            world.hearStranger("/cold", of: ["site/s"])
            world.pass(seconds: 1_800)
            world.hear("/cold", of: ["site/s"])
            world.pass(seconds: 1_800)
        }
        #expect(world.words == [Self.open, Self.over])
        world.pass(seconds: 3_600)
        world.hearStranger("/cold", of: ["site/s"])
        world.pass(seconds: 2)
        #expect(world.words == [Self.open, Self.over, Self.open])
    }

    @Test func `is noticed by what an earlier life or another relay has heard`() throws {
        let known = SourceSubject(source: "/cold", name: "site/s")
        var world = try World(survey: StoreSurvey(unclaimed: [:], ownIncidents: [], subjects: [known]))
        world.hearStranger("/cold", of: ["site/s"])
        world.pass(seconds: 2)
        #expect(world.words == [Self.open])
    }

    @Test func `has its subjects stored once, and again when the store could not keep them`() throws {
        var world = try World()
        world.hear("/cold", of: ["site/s"])
        world.pass(seconds: 61)
        let subject = SourceSubject(source: "/cold", name: "site/s")
        #expect(world.surveys.map(\.subjects) == [[], [subject]])
        world.pass(seconds: 60)
        #expect(world.surveys.map(\.subjects) == [[], [subject], []])
        world.storeFails = true
        world.hear("/cold", of: ["site/t"])
        world.pass(seconds: 61)
        world.storeFails = false
        world.pass(seconds: 61)
        #expect(world.surveys.last?.subjects == [SourceSubject(source: "/cold", name: "site/t")])
    }

    @Test func `is not its silence here while another relay hears it`() throws {
        var world = try World { $0.silenceMilliseconds["/cold"] = 3_600_000 }
        for _ in 0..<10 {
            world.survey.heardAgo = ["/cold": 1_000]
            world.pass(seconds: 1_800)
        }
        #expect(world.words == [])
        world.survey.heardAgo = [:]
        world.pass(seconds: 3_700)
        #expect(world.words == ["open relay/silent/%2Fcold at d,e"])
    }

    @Test func `is its silence since before the start, but not at once`() throws {
        let survey = StoreSurvey(unclaimed: [:], ownIncidents: [], heardAgo: ["/cold": 3_600_000])
        var world = try World(survey: survey) { $0.silenceMilliseconds["/cold"] = 3_600_000 }
        world.pass(seconds: 230)
        #expect(world.words == [])
        world.pass(seconds: 80)
        #expect(world.words == ["open relay/silent/%2Fcold at d,e"])
    }

    @Test func `is not over because the relay is started anew`() throws {
        let survey = StoreSurvey(
            unclaimed: [:], ownIncidents: ["relay/silent/%2Fcold"], heardAgo: ["/cold": 7_200_000])
        var world = try World(survey: survey) { $0.silenceMilliseconds["/cold"] = 3_600_000 }
        world.pass(seconds: 3_600)
        #expect(world.words == [])
    }

    /// As when the machine's clock was ahead when it was heard.
    @Test func `is not heard in the future`() throws {
        var world = try World { $0.silenceMilliseconds["/cold"] = 3_600_000 }
        world.survey.heardAgo = ["/cold": -86_400_000]
        world.pass(seconds: 3_700)
        #expect(world.words == ["open relay/silent/%2Fcold at d,e"])
    }

    @Test func `is a webhook whose URL leads to no source`() throws {
        var world = try World()
        let origin = RequestOrigin(peer: "p", path: "/clod")
        world.give(try #require(TroubleSign(.pathMistyped(origin, source: "/cold"))))
        world.pass(seconds: 62)
        #expect(world.words == ["open relay/path/%2Fcold at d,e"])
        world.pass(seconds: 302)
        #expect(world.words.last == "resolve relay/path/%2Fcold at d,e")
    }
}
