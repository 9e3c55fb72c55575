import FoundationEssentials
import Glibc

/// The measuring tools behind `make bench`.
@main
enum Benchmarks {
    static func main() async throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        switch arguments.first {
        case "requests": try RequestFile.write(count: number(arguments, 1), to: arguments[2])
        case "steps": try StepCosts.measure(arguments.count > 1 ? arguments[1] : "")
        case "diagnosis": try DiagnosisCost.measure()
        case "backlog": try await Backlog.measure()
        case "ledger":
            try await LedgerLoad.measure(postgresql: ProcessInfo.processInfo.environment["TEST_POSTGRESQL"])
        case "empty-handler":
            try EmptyHandler.serve(threads: number(arguments, 1), identity: Array(arguments.dropFirst(2)))
        case "vendor-latency": try await VendorLatency.measure(perSecond: number(arguments, 1), seconds: 10)
        default:
            print(
                """
                requests COUNT FILE            signed requests of one length each, for wrk
                steps [WORD]                   what the steps cost whose names have the word
                diagnosis                      what the diagnosis of the worst requests costs
                backlog                        a job's cost with up to a million waiting
                ledger                         a claim's cost in each ledger with up to a million remembered
                empty-handler LOOPS [CERT KEY] a server that answers 200 at once, for wrk
                vendor-latency PER_SECOND      from the POST to the vendor's receipt
                """)
            exit(64)
        }
    }

    private static func number(_ arguments: [String], _ index: Int) -> Int {
        guard arguments.indices.contains(index), let number = Int(arguments[index]) else {
            print("argument \(index) must be a number")
            exit(64)
        }
        return number
    }
}
