import RelayCore
import Testing

/// A bell that two sides share.
private final class Bell {
    private var bell = WorkBell()

    func ring(_ destinations: [String]) -> Bool { bell.ring(destinations) }
    func take(for idle: [String]) -> [String] { bell.take(for: idle) }
    var isSilent: Bool { bell.isSilent }
}

@Suite struct `A work bell` {
    @Test func `wakes only for a destination that could begin at once`() {
        let bell = Bell()
        #expect(!bell.ring(["a"]), "nobody listens yet")
        #expect(bell.take(for: ["b"]) == [], "and now for b alone")
        #expect(!bell.ring(["a"]))
        #expect(bell.ring(["b", "c"]))
        #expect(!bell.ring(["b"]), "once is enough")
        #expect(bell.take(for: ["b"]) == ["b"])
        #expect(bell.take(for: ["a", "c", "d"]) == ["a", "c"], "nothing is forgotten")
        #expect(bell.isSilent)
        #expect(bell.take(for: ["d"]) == [])
        #expect(bell.ring(["d"]))
    }

    @Test func `does not wake anew while its news is being taken`() {
        let bell = Bell()
        _ = bell.take(for: ["a"])
        #expect(bell.ring(["a"]))
        #expect(bell.take(for: ["a"]) == ["a"])
        #expect(!bell.ring(["a"]), "until it was asked once more and had nothing")
        #expect(bell.take(for: ["a"]) == ["a"])
        #expect(bell.take(for: ["a"]) == [])
        #expect(bell.ring(["a"]))
    }
}
