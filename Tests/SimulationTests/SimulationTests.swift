import PostgreSQLForTests
import Simulation
import Testing

/// Whole worlds on simulated time; `make simulate` runs many more of them.
@Suite struct `A simulated world` {
    static let seeds = Array(UInt64(1)...120)

    @Test func `keeps every promise, whatever goes wrong`() {
        for seed in Self.seeds {
            #expect(Simulation(seed: seed).violations == [], "make simulate SEED=\(seed) SEEDS=1")
        }
    }

    @Test(.enabled(if: TestPostgreSQL.server != nil, "make test starts a server"))
    func `keeps every promise where PostgreSQL has the store`() {
        for seed in UInt64(1)...8 {
            let violations = Simulation(seed: seed, postgreSQL: TestPostgreSQL.server).violations
            #expect(violations == [], "make simulate-postgresql SEED=\(seed) SEEDS=1")
        }
    }

    /// Where the search begins for faults that show in few worlds: hundreds before those find nothing.
    private static let firstSeeds: [Mutation: UInt64] = [.forgetReleases: 550, .settleFirst: 270]

    /// A checker that never finds anything proves nothing.
    @Test(arguments: Mutation.allCases) func `notices a relay that is broken on purpose`(_ mutation: Mutation)
    {
        let first = Self.firstSeeds[mutation] ?? 1
        let caught = (first..<first + 1_000).first {
            !Simulation(seed: $0, mutation: mutation).violations.isEmpty
        }
        #expect(caught != nil)
    }

    /// What the link to the server does wrong has to reach the store as it does elsewhere.
    @Test(.enabled(if: TestPostgreSQL.server != nil, "make test starts a server"))
    func `notices a relay on PostgreSQL that takes for committed what broke off`() {
        let caught = (UInt64(1)...5).first { seed in
            let simulation = Simulation(
                seed: seed, mutation: .trustBrokenConnections, postgreSQL: TestPostgreSQL.server)
            return !simulation.violations.isEmpty
        }
        #expect(caught != nil)
    }

    @Test func `does the same again for the same seed`() {
        for seed in UInt64(1)...5 { #expect(Self.lines(seed) == Self.lines(seed)) }
    }

    @Test(.enabled(if: TestPostgreSQL.server != nil, "make test starts a server"))
    func `does the same again on PostgreSQL`() {
        let server = TestPostgreSQL.server
        for seed in UInt64(2)...3 { #expect(Self.lines(seed, server) == Self.lines(seed, server)) }
    }

    private static func lines(_ seed: UInt64, _ postgreSQL: String? = nil) -> [String] {
        var lines: [String] = []
        _ = Simulation(seed: seed, postgreSQL: postgreSQL) { lines.append($0) }
        return lines
    }
}
