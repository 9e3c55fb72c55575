import Glibc
import PostgreSQLForTests
import Simulation

/// Runs the simulation over many seeds.
@main
enum Simulate {
    private static let usage = """
        Simulate FIRST COUNT [--verbose] [--mutation=NAME] [--postgresql]
          --postgresql   has the store in a schema of the PostgreSQL server that TEST_POSTGRESQL names
        """

    static func main() {
        let arguments = CommandLine.arguments.dropFirst().filter { !$0.hasPrefix("--") }
        let options = CommandLine.arguments.filter { $0.hasPrefix("--") }
        let numbers = arguments.compactMap(UInt64.init)
        let isOnPostgreSQL = options.contains("--postgresql")
        guard numbers.count == 2, numbers.count == arguments.count,
            !isOnPostgreSQL || TestPostgreSQL.server != nil
        else {
            print(usage)
            exit(64)
        }
        let mutation = options.compactMap { option in
            Mutation.allCases.first { option == "--mutation=\($0.rawValue)" }
        }.first
        let isVerbose = options.contains("--verbose")
        var failures = 0
        let begin = ContinuousClock.now
        for seed in numbers[0]..<numbers[0] + numbers[1] {
            let simulation = Simulation(
                seed: seed, mutation: mutation, postgreSQL: isOnPostgreSQL ? TestPostgreSQL.server : nil,
                print: isVerbose ? { print($0) } : nil)
            guard !simulation.violations.isEmpty else { continue }
            failures += 1
            print(
                "make simulate\(isOnPostgreSQL ? "-postgresql" : "") SEED=\(seed) SEEDS=1  # "
                    + simulation.violations.joined(separator: "; "))
        }
        let seconds = begin.duration(to: .now) / .seconds(1)
        print(
            "\(numbers[1]) seeds in \(Int(seconds)) s, \(Int(Double(numbers[1]) / seconds))/s, \(failures) failed"
        )
        exit(failures == 0 ? 0 : 1)
    }
}
