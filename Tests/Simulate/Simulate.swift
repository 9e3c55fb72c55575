import Glibc
import Simulation

/// Runs the simulation over many seeds: `Simulate FIRST COUNT [--verbose] [--mutation NAME]`.
@main
enum Simulate {
    static func main() {
        let arguments = CommandLine.arguments.dropFirst().filter { !$0.hasPrefix("--") }
        let options = CommandLine.arguments.filter { $0.hasPrefix("--") }
        let numbers = arguments.compactMap(UInt64.init)
        guard numbers.count == 2, numbers.count == arguments.count else {
            print("Simulate FIRST COUNT [--verbose] [--mutation=NAME]")
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
                seed: seed, mutation: mutation, print: isVerbose ? { print($0) } : nil)
            guard !simulation.violations.isEmpty else { continue }
            failures += 1
            print("make simulate SEED=\(seed) SEEDS=1  # \(simulation.violations.joined(separator: "; "))")
        }
        let seconds = begin.duration(to: .now) / .seconds(1)
        print(
            "\(numbers[1]) seeds in \(Int(seconds)) s, \(Int(Double(numbers[1]) / seconds))/s, \(failures) failed"
        )
        exit(failures == 0 ? 0 : 1)
    }
}
