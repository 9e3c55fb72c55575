internal import OpenSenseRelay
internal import OpsgenieAdapter
internal import PagerDutyAdapter
internal import RelayCore

/// A configuration file.
enum ConfigurationTarget {
    static let secret = "what nobody may read in a fault"
    static let environment = [
        "OPENSENSE_SECRET": secret, "OPSGENIE_API_KEY": "an-api-key", "S": secret, "EMPTY": "",
        "PAGERDUTY_ROUTING_KEY": "0123456789abcdef0123456789abcdef",
    ]

    struct NoSuchFile: Error {}

    static func check(_ input: [UInt8]) {
        let environment = ConfigurationEnvironment(
            variables: environment, isRoot: true,
            readFile: { path in
                guard path == "/s" else { throw NoSuchFile() }
                return Array("\(secret)\n".utf8)
            })
        do throws(ConfigurationFaults) {
            let document = ConfigurationDocument(
                try ConfigurationSettings(text: input), adapters: [PagerDuty.type, Opsgenie.type])
            let store = Result { () throws(ConfigurationFaults) in try document.storeLocation(in: environment)
            }
            let configuration = try Configuration(document, in: environment)
            claim((try? store.get()) == configuration.store, "the store is known before the rest is")
            claim(!configuration.sources.isEmpty, "a relay has a source")
            claim(!configuration.destinations.isEmpty, "a relay has a destination")
            for name in configuration.routes.flatMap(\.destinations) {
                claim(configuration.destinations.contains { $0.name == name }, "routes lead to destinations")
            }
        } catch {
            check(error.faults, of: String(decoding: input, as: UTF8.self))
        }
    }

    private static func check(_ faults: [ConfigurationFault], of text: String) {
        claim(!faults.isEmpty, "a refusal has a fault")
        let lines = 1 + text.count { $0.isNewline }
        for fault in faults {
            claim((1...lines).contains(fault.line ?? 0), "the line of \"\(fault)\" is there")
            claim((1...text.count + 1).contains(fault.column ?? 0), "the column of \"\(fault)\" is there")
            claim(text.contains(secret) || !"\(fault)".contains(secret), "no fault tells a secret")
        }
    }
}
