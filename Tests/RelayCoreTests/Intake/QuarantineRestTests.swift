import RelayCore
import Testing

@Suite struct `The rest of a full quarantine` {
    @Test func `is over after a second, and concerns one source`() {
        var rest = QuarantineRest()
        let start = SteadyTime(milliseconds: 5_000)
        #expect(!rest.isOn("/a", at: start))
        rest.begin("/a", at: start)
        #expect(rest.isOn("/a", at: start.adding(milliseconds: 999)))
        #expect(!rest.isOn("/b", at: start))
        #expect(!rest.isOn("/a", at: start.adding(milliseconds: 1_000)))
    }
}
