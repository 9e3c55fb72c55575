internal import AdapterKit
internal import FoundationEssentials
internal import HTTPServer
internal import OpenSenseWebhooks
internal import RelayCore

/// `check-config`: names every fault of a configuration, or prints what it comes to.
struct CheckConfigCommand: Command {
    let context: CommandContext

    let help = CommandHelp(
        name: "check-config", arguments: "[FILE]", argumentCount: 0...1,
        summary: "Name every fault of a configuration at once, or print what it comes to.",
        discussion: "Without FILE the environment is checked. Secrets are shown by fingerprint only.",
        options: [.init(name: "--json", summary: "Print faults as JSON too (the result always is).")],
        examples: [
            .init(
                command: "opensense-relay check-config Examples/relay.json5", summary: "Is this file right?")
        ],
        exitCodes: [
            (.success, "The configuration is right."), (.usage, "The command was called wrongly."),
            (.noInput, "There is no such file."), (.configuration, "It has faults; all are named."),
        ])

    func run(_ arguments: ParsedArguments) async throws(CommandError) -> ExitCode {
        let file = arguments.positionals.first
        if arguments.has("--json"),
            case .failure(let faults) = try ConfigurationOptions.result(file: file, context)
        {
            Terminal.out(PrintedJSON.page(["faults": .array(faults.faults.map(\.shown))]) + "\n")
            return .configuration
        }
        let configuration = try ConfigurationOptions.read(file: file, context)
        Terminal.out(PrintedJSON.page(configuration.shown) + "\n")
        for warning in configuration.warnings { Terminal.error("warning: \(warning)\n") }
        for source in configuration.sources {
            for (index, secret) in source.secrets.enumerated() {
                for warning in secret.warnings {
                    Terminal.error("warning: secret \(index) of \(source.path): \(warning)\n")
                }
            }
        }
        return .success
    }
}

extension ConfigurationFault {
    var shown: JSONValue {
        [
            "line": PrintedJSON.number(line), "column": PrintedJSON.number(column), "path": .string(path),
            "message": .string(message),
        ]
    }
}

extension Configuration {
    private var shownListen: JSONValue {
        var members: JSONObject = ["address": .string(listen.description)]
        if let files = tls?.files {
            members["tls"] = ["certificate": .string(files.certificate), "key": .string(files.key)]
        }
        if !trustedProxies.networks.isEmpty {
            members["trustedProxies"] = .array(trustedProxies.networks.map { .string($0.description) })
        }
        return members.count == 1 ? .string(listen.description) : .object(members)
    }

    /// The configuration with every default filled in and every secret masked.
    var shown: JSONValue {
        var members: JSONObject = [
            "listen": shownListen, "store": .string(store.description),
            "leaseSeconds": .number(JSONNumber(leaseSeconds)),
            "retention": ["historyDays": .number(JSONNumber(historyDays))],
            "sources": .array(sources.map(\.shown)),
            "destinations": .object(
                JSONObject(destinations.map { ($0.name, $0.shown) })),
            "routes": .array(routes.map(\.shown)),
            "trouble": [
                "to": .array(trouble.destinations(routes).map { .string($0) }),
                "severity": .string(trouble.severity),
            ],
            "severityOrder": .array(severities.words.map { .string($0) }),
            "defaultSeverity": .string(severities.standard),
            "heartbeats": .array(heartbeats.map(\.shown)),
        ]
        members["names"] = names.shown
        if let admin { members["admin"] = .string(admin.description) }
        return .object(members)
    }
}

extension PlaceNames {
    /// How many there are, and what holds for all of them; nil for none.
    var shown: JSONValue? {
        var members = JSONObject()
        if count > 0 { members["count"] = .number(JSONNumber(count)) }
        if !links.isEmpty { members["link"] = .array(links.map { .string($0.text) }) }
        return members.count == 0 ? nil : .object(members)
    }
}

extension SourceConfiguration {
    var shown: JSONValue {
        [
            "path": .string(path), "account": .string(account),
            "toleranceSeconds": .number(JSONNumber(tolerance.seconds)),
            "staleness": .string(staleness.settingText), "strictHeaders": .boolean(strictHeaders),
            "secrets": .array(secrets.map { .string("•••• (fingerprint \($0.fingerprint))") }),
        ]
    }
}

extension HeartbeatConfiguration {
    var shown: JSONValue {
        var members: JSONObject = [
            "url": .string("•••• (fingerprint \(url.fingerprint))"),
            "everySeconds": .number(JSONNumber(everySeconds)), "method": .string(method.rawValue),
        ]
        members["secret"] = secret.map { .string("•••• (fingerprint \($0.fingerprint))") }
        return .object(members)
    }
}

extension DestinationConfiguration {
    var shown: JSONValue {
        var members = JSONObject(shownSettings.map { ($0.key, $0.value) })
        members["adapter"] = .string(type.name)
        members["onDeadLetter"] = .string(delivering.onDeadLetter.rawValue)
        members["concurrency"] = .number(JSONNumber(delivering.concurrencyMax))
        members["failover"] = delivering.failover.map { .string($0) }
        members["failoverAfterSeconds"] = .number(JSONNumber(delivering.failoverAfterSeconds))
        members["onWorse"] = .string(delivering.onWorse.rawValue)
        members["onReopened"] = .string(delivering.onReopened.rawValue)
        members["collapseResolved"] = .string(delivering.collapse.rawValue)
        members["severityMap"] = delivering.severityMap.shown
        return .object(members)
    }
}

extension SeverityMap {
    /// Each word with what it means; nil for none.
    var shown: JSONValue? {
        isEmpty
            ? nil
            : .object(
                JSONObject(severities.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value.rawValue)) })
            )
    }
}

extension Route {
    var shown: JSONValue {
        let texts = { (patterns: [GlobPattern]) in JSONValue.array(patterns.map { .string($0.text) }) }
        var members: JSONObject = [
            "kinds": texts(kinds), "sites": texts(sites), "severities": texts(severities),
            "to": .array(destinations.map { .string($0) }),
        ]
        if !actions.isEmpty {
            members["actions"] = .object(
                JSONObject(actions.map { ($0.key, .string($0.value?.rawValue ?? "none")) }))
        }
        return .object(members)
    }
}
