import CFloor
import Foundation
import OpenSenseWebhooks

/// Measures what a verification costs; scripts/bench-verify.sh of the repository calls it.
@main
enum Main {
    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst()
        switch arguments.first {
        case "sample":
            try Sampling.run(round: arguments.dropFirst().first ?? "0")
        case "table":
            let table = Table(samples: readSamples())
            try Report(table: table, allocations: .measured()).print()
        case "ledger": try LedgerMeasurement.print()
        default:
            print("ledger         what a ledger in memory takes")
            print("sample ROUND   one round of measurements, tab-separated")
            print("table          the table of the samples on standard input")
            exit(64)
        }
    }

    private static func readSamples() -> [Sample] {
        var samples: [Sample] = []
        while let line = readLine() {
            guard let sample = Sample(line: line) else { fatalError("This is no sample: \(line)") }
            samples.append(sample)
        }
        return samples
    }
}

/// Everybody who verifies a body of one size in this process.
struct Contest {
    let contenders: [Contender]
    let refusals: [Contender]

    init(size: Int) throws {
        let body = Message.body(size: size)
        // swift-crypto makes the MAC for everybody: the library does not check its own work.
        let mac = SwiftCrypto.mac(body: body)
        let header = "t=\(Message.timestamp),v1=\(Data(mac).base64EncodedString())"
        let verifier = try WebhookVerifier(secrets: [Secret(Message.secret)])
        contenders =
            Floor().contenders(body: body, mac: mac)
            + Ours.contenders(body: body, header: header, verifier: verifier)
            + SwiftCrypto.contenders(body: body, header: header, mac: mac)
        refusals = Ours.refusals(body: body, header: header, verifier: verifier)
    }
}
