import AdapterKit
import BetterStackEmulator
import OpenSenseWebhooks
import Testing
import VendorSandbox

/// The relay stops between two steps, and the vendor folds nothing.
@Suite struct `Better Stack incidents after a crash` {
    private static let create = "POST https://vendor.example/api/v3/incidents"

    @Test func `a create whose answer is lost is found again and pages once`() throws {
        var world = try IncidentsWorld()
        let first = try world.attempt(alarm(.open), lost: Self.create)
        #expect(first.end == nil)
        #expect(first.progress == "creating")
        let second = try world.attempt(alarm(.open), progress: first.progress)
        #expect(second.end == .done(state: "1"))
        #expect(world.emulator.incidents.map(\.pages) == [1])
    }

    /// It proves that the emulator does not fold, and so what the test before this one is worth.
    @Test func `without its progress a create that is not in the list yet would page twice`() throws {
        var world = try IncidentsWorld(visibilitySeconds: 4)
        _ = try world.attempt(alarm(.open), lost: Self.create)
        _ = try world.attempt(alarm(.open))
        #expect(world.emulator.incidents.count == 2)
    }

    @Test func `what a create made may be missing in the list for a while`() throws {
        var world = try IncidentsWorld(visibilitySeconds: 4)
        let first = try world.attempt(alarm(.open), lost: Self.create)
        let second = try world.attempt(alarm(.open), progress: first.progress)
        #expect(second.end == .done(state: "1"))
        #expect(world.emulator.incidents.count == 1)
    }

    @Test func `a create that did not leave is sent after the start`() throws {
        var world = try IncidentsWorld()
        let end = try world.attempt(alarm(.open), progress: "creating").end
        #expect(end == .done(state: "1"))
        #expect(world.asked.map { $0.prefix(4) } == ["GET ", "POST"])
    }

    @Test(arguments: [IncidentUpdate.Action.acknowledge, .resolve])
    func `a change whose answer is lost is done once it is sent again`(_ action: IncidentUpdate.Action) throws
    {
        var world = try IncidentsWorld()
        _ = try world.attempt(alarm(.open))
        let path = "/1/\(action.rawValue)"
        #expect(try world.attempt(alarm(action), state: "1", lost: path).end == nil)
        #expect(try world.attempt(alarm(action), state: "1").end == .done())
        #expect(world.emulator.log.last?.text.hasPrefix("409") == true)
        #expect(world.emulator.incidents.count == 1)
    }

    @Test func `an open and a resolve without the id find the incident by its metadata`() throws {
        var world = try IncidentsWorld()
        _ = try world.attempt(alarm(.open, channel: "other"), nonce: "o")
        _ = try world.attempt(alarm(.open))
        #expect(try world.attempt(alarm(.open)).end == .done(state: "2"))
        #expect(try world.attempt(alarm(.resolve), nonce: "r").end == .done())
        #expect(world.emulator.incidents.map(\.status) == [.triggered, .resolved])
    }

    @Test func `an alarm that gets worse is resolved and pages again under another id`() throws {
        var world = try IncidentsWorld()
        _ = try world.attempt(alarm(.open), nonce: "1")
        _ = try world.attempt(alarm(.update), nonce: "2", state: "1")
        #expect(world.emulator.incidents.first?.notes.first?.contains("warning → alarm") == true)
        _ = try world.attempt(alarm(.resolve), nonce: "3", state: "1")
        #expect(try world.attempt(alarm(.open), nonce: "4").end == .done(state: "2"))
        #expect(world.emulator.incidents.map(\.status) == [.resolved, .triggered])
    }

    /// It may be acknowledged, and its resolve may have been refused.
    @Test func `an older incident of the alarm that stays open does not keep a new alarm from paging`() throws
    {
        var world = try IncidentsWorld()
        _ = try world.attempt(alarm(.open), nonce: "older")
        let later = try world.attempt(alarm(.open), nonce: "newer")
        #expect(later.end == .done(state: "2"))
        #expect(world.emulator.incidents.map(\.pages) == [1, 1])
    }
}
