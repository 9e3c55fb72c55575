import AdapterKit
import Foundation
import OpenSenseWebhooks
import RelayCore
import RelayStorage
import Testing

/// SQLite asks the store at every step, PostgreSQL decides a batch in memory, and two relays share it: here
/// all do the same random work.
@Suite(.enabled(if: JournalWorld.Kind.available.contains(.postgresql), "make test starts a server"))
struct `SQLite and PostgreSQL` {
    @Test(arguments: 0..<12) func `decide alike, however the work is batched and shared`(_ round: Int)
        async throws
    {
        let seed =
            ProcessInfo.processInfo.environment["SEED"].flatMap { UInt64($0) }
            ?? UInt64.random(in: 0 ... .max)
        var work = RandomWork(random: SeededRandom(seed: seed))
        let players = try [
            Player(JournalWorld(.sqlite), relays: 1), Player(JournalWorld(.postgresql), relays: 2),
        ]
        defer { for player in players { player.close() } }
        for step in 0..<80 {
            let (batch, wish, relay) = work.next(
                leased: players[0].leased.count, captures: players[0].captures.count,
                unread: players[0].unread.count)
            let said = try await [
                players[0].play(batch, wish, relay: relay), players[1].play(batch, wish, relay: relay),
            ]
            try #require(
                differences(said[0], said[1]) == [], "SEED=\(seed), round \(round), step \(step)")
        }
        let kept = try await [players[0].kept(), players[1].kept()]
        #expect(differences(kept[0], kept[1]) == [], "SEED=\(seed)")
    }

    private func differences(_ one: [String], _ other: [String]) -> [String] {
        zip(one, other).filter { $0 != $1 }.map { "\($0) <> \($1)" }
            + one.dropFirst(other.count).map { "\($0) <>" } + other.dropFirst(one.count).map { "<> \($0)" }
    }
}

extension `SQLite and PostgreSQL` {
    /// One of the operations, the same for both; jobs and requests by their place among those that were
    /// given.
    enum Operation {
        case accept(Acceptance)
        case lease(String, limit: Int, LeaseRequest.Pick, places: [String], now: Int)
        case failOver(onlyTried: Bool, now: Int)
        case survey(now: Int)
        /// Of a job that was leased, perhaps under an older lease.
        case finish(Int, JobOutcome, Exchange?, leasesAgo: Int, mayHaveArrived: Bool, now: Int)
        case renew(Int, now: Int)
        case advance(Int, String, now: Int)
        case release([Int], now: Int)
        case quarantine(QuarantinedRequest)
        case prune(now: Int, running: Int)
        case takeRequests(limit: Int)
        case settleCapture(Int, isAccepted: Bool)
        case settleDelivery(Int, isRead: Bool)
    }

    /// What a person does between two batches, by places in the desk's lists.
    enum Wish {
        case retryLetter(Int), discardLetter(Int, now: Int)
        case retryUnread(Int), discardUnread(Int)
        case retryCapture(Int), discardCapture(Int)
    }

    /// Makes up what is done.
    struct RandomWork {
        var random: SeededRandom
        private var now = 1_000
        private var prunedAt = 1_000

        init(random: SeededRandom) { self.random = random }

        mutating func next(
            leased: Int, captures: Int, unread: Int
        ) -> (batch: [Operation], wish: Wish?, relay: Int) {
            // Long enough now and then for something to be old.
            now += chance(1, in: 12) ? 5 * 3_600_000 : below(20_000)
            let batch = (0...below(12)).map { _ in operation(leased, captures, unread) }
            return (batch, chance(1, in: 3) ? wish() : nil, below(2))
        }

        private mutating func below(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }
        private mutating func chance(_ hits: Int, in count: Int) -> Bool { below(count) < hits }

        private mutating func operation(_ leased: Int, _ captures: Int, _ unread: Int) -> Operation {
            switch below(26) {
            case 0..<8: return acceptance()
            case 8..<12: return lease(["d", "e", "backup"][below(3)])
            case 24: return .failOver(onlyTried: chance(1, in: 2), now: now)
            case 25: return .survey(now: now)
            case 12 where leased > 0: return .renew(recent(leased), now: now)
            case 13..<15 where leased > 0: return .advance(recent(leased), "p\(below(100))", now: now)
            case 15 where leased > 0: return .release([recent(leased), recent(leased)], now: now)
            case 16: return capture()
            case 17:
                defer { prunedAt = now }
                return .prune(now: now, running: now - prunedAt)
            case 18: return .takeRequests(limit: 1 + below(3))
            case 19 where captures > 0:
                return .settleCapture(below(captures), isAccepted: chance(1, in: 2))
            case 19 where unread > 0: return .settleDelivery(below(unread), isRead: chance(1, in: 2))
            default:
                guard leased > 0 else { return lease("e") }
                let exchange = chance(1, in: 2) ? Exchange(request: "r\(below(9))", answer: "500") : nil
                return .finish(
                    recent(leased), outcome(), exchange, leasesAgo: chance(1, in: 10) ? 1 : 0,
                    mayHaveArrived: chance(1, in: 2), now: now)
            }
        }

        private mutating func lease(_ destination: String) -> Operation {
            let pick = [LeaseRequest.Pick.urgent, .urgent, .urgent, .freshOpen, .trial][below(5)]
            let places = [["new"], ["new", "old"], ["old"]][below(3)]
            return .lease(destination, limit: 1 + below(4), pick, places: places, now: now)
        }

        /// Mostly one of the last ones, which are still held.
        private mutating func recent(_ leased: Int) -> Int { max(0, leased - 1 - below(8)) }

        private mutating func acceptance() -> Operation {
            let action = IncidentUpdate.Action.allCases[below(IncidentUpdate.Action.allCases.count)]
            let number = below(400)
            let to = ["d", "e"].filter { _ in chance(1, in: 2) }
            let made = try? Acceptance.of(
                number, action, site: "s\(below(3))", openedAt: chance(1, in: 2) ? below(40) : nil, to: to,
                receivedAt: now)
            guard var made else { return lease("d") }
            if case .step(let key, var step) = made.content {
                step.severity = ["info", "alarm", nil][below(3)]
                made.content = .step(key, step)
            }
            if chance(1, in: 10) { made.content = .deadLetter(code: "c") }
            return .accept(made)
        }

        private mutating func capture() -> Operation {
            .quarantine(
                QuarantinedRequest(
                    receivedAt: .at(now), path: "/p", code: "c\(below(9))", header: "A: b",
                    body: [UInt8(below(256))]))
        }

        private mutating func outcome() -> JobOutcome {
            switch below(5) {
            case 0:
                .retry(
                    afterMilliseconds: below(30_000), reason: "r",
                    failover: chance(1, in: 4) ? "backup" : nil)
            case 1: .dead(.init(reason: "r", holdsLane: chance(1, in: 2)))
            case 2: .dead(.init(reason: "r", holdsLane: chance(1, in: 2), failover: "backup"))
            default: .delivered(episodeState: chance(1, in: 2) ? "c\(now)" : nil)
            }
        }

        private mutating func wish() -> Wish {
            let place = below(4)
            return switch below(8) {
            case 0: .retryLetter(place)
            case 1: .discardLetter(place, now: now)
            case 2, 3: .retryUnread(place)
            case 4: .discardUnread(place)
            case 5, 6: .retryCapture(place)
            default: .discardCapture(place)
            }
        }
    }
}
