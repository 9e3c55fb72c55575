import AdapterKit
import HTTPServer
import OpenSenseRelay
import OpenSenseWebhooks
import RelayCore
import Testing

@Suite struct `What a configuration says without its secrets` {
    static let adapters = [`Configuration files`.type]

    private func document(_ text: String) throws -> ConfigurationDocument {
        ConfigurationDocument(try ConfigurationSettings(text: Array(text.utf8)), adapters: Self.adapters)
    }

    /// A process without a home whose files nothing may read.
    static let bare = ConfigurationEnvironment(variables: [:], isRoot: false) { path in
        Issue.record("\(path) was read")
        throw NoSuchFile()
    }

    @Test func `is whole where nothing but secrets is missing`() throws {
        let document = try document(
            """
            { listen: ":0", store: "memory:", leaseSeconds: 15,
              sources: [{ path: "/a", secrets: ["env:NOT_SET", "file:/not/there"] }],
              destinations: { d: { adapter: "test", key: "env:NOT_SET" } } }
            """)
        #expect(document.faults.isEmpty)
        #expect(document.store == .memory)
        #expect(document.listen.description == "0.0.0.0:0")
        #expect(document.leaseSeconds == 15)
        #expect(document.sources.flatMap(\.secrets).count == 2)
        #expect(document.destinations.map(\.texts) == [["baseURL": "https://example.org"]])
        #expect(document.routes.map(\.destinations) == [["d"]])
    }

    @Test func `says which proxies are in front`() throws {
        let listen = #"{ address: ":81", trustedProxies: ["10.0.0.0/8", "::1"] }"#
        let right = try document("{ listen: \(listen), store: \"memory:\" }")
        #expect(right.listen.description == "0.0.0.0:81")
        #expect(right.trustedProxies.contains("10.1.2.3") && !right.trustedProxies.contains("11.1.2.3"))
        #expect(right.faults.filter { $0.path.hasPrefix("listen") }.isEmpty)
        let wrong = try document(
            #"{ listen: { adress: ":81", trustedProxies: ["10.0.0.1/8", 7] }, store: "memory:" }"#)
        let faults = wrong.faults.filter { $0.path.hasPrefix("listen") }
        #expect(
            faults.map(\.path) == ["listen.adress", "listen.trustedProxies[0]", "listen.trustedProxies[1]"])
    }

    @Test(arguments: [(0, false), (1, true), (32, true), (33, false)])
    func `has 1 to 32 destinations, of which each can have three jobs of one delivery`(
        _ row: (count: Int, isRight: Bool)
    ) throws {
        let all = (0..<row.count).map { "d\($0): { adapter: \"test\", key: \"env:K\" }" }
        let document = try document(
            "{ sources: [{ secrets: [\"env:S\"] }], destinations: { \(all.joined(separator: ", ")) } }")
        #expect(document.faults.isEmpty == row.isRight, "\(document.faults)")
        #expect(DestinationDocument.countMax * 3 <= JobNumber.perDeliveryMax)
    }

    /// What a file says beside `store`, the variables, and where the store is; nil where it is at fault.
    static let stores: [(text: String, variables: [String: String], store: String?)] = [
        (#"store: "memory:""#, [:], "memory:"),
        (#"store: "memory:", lisen: 1, sources: 2, destinations: [3], routes: {}, admin: 4"#, [:], "memory:"),
        (#"store: "memory:", leaseSeconds: 1"#, ["HOME": "/h"], "memory:"),
        ("", ["HOME": "/h"], "sqlite:/h/.local/state/opensense-relay/relay.db"),
        ("", ["HOME": "/h", "XDG_STATE_HOME": "/x"], "sqlite:/x/opensense-relay/relay.db"),
        ("", ["XDG_STATE_HOME": "relative"], nil), ("", [:], nil),
        (#"store: "floppy:""#, ["HOME": "/h"], nil), ("store: null", ["HOME": "/h"], nil),
        (#"store: "memory:", store: "memory:""#, ["HOME": "/h"], nil),
    ]

    @Test(arguments: stores) func `names the store, whatever else is at fault`(
        _ row: (text: String, variables: [String: String], store: String?)
    ) throws {
        let document = try document("{ \(row.text) }")
        let environment = ConfigurationEnvironment(
            variables: row.variables, isRoot: false, readFile: Self.bare.readFile)
        do throws(ConfigurationFaults) {
            #expect(try document.storeLocation(in: environment).description == row.store)
        } catch {
            #expect(row.store == nil)
            #expect(error.faults.count == 1, "\(error)")
            let isMissing = row.text.isEmpty
            #expect(error.description.contains(isMissing ? "--store" : "store: "), "\(error)")
        }
    }

    @Test func `a file without a place for the store has a fault, and says what to do`() throws {
        let document = try document(`Configuration files`.least)
        do throws(ConfigurationFaults) {
            _ = try Configuration(
                document,
                in: ConfigurationEnvironment(
                    variables: ["S": "secret", "K": "key"], isRoot: false, readFile: Self.bare.readFile))
            Issue.record("a relay without a store was made")
        } catch {
            #expect(error.faults.map(\.message.isEmpty) == [false])
            #expect(error.description.contains("--store"))
        }
    }

    /// The settings of a destination, and where its faults stand in it.
    static let destinations: [(settings: String, faults: [String])] = [
        (#"key: "env:K""#, []), (#"key: "env:K", baseURL: "http://x""#, []),
        ("", ["There is no \"key\": The key."]),
        (#"baseURL: "ftp://x""#, ["There is no \"key\": The key.", "baseURL must be http"]),
        (#"key: "env:NOPE", baseURL: "ftp://x""#, ["variable NOPE is not set", "baseURL must be http"]),
        (#"key: "env:SHORT", baseURL: "ftp://x""#, ["key is too short.", "baseURL must be http"]),
        (#"key: "a secret", baseURL: "ftp://x""#, ["Expected \"env:NAME\"", "baseURL must be http"]),
        (#"key: "env:SHORT", baseURL: 7"#, ["key is too short.", "Expected a text"]),
        (#"key: "env:K", baseURL: "ftp://x""#, ["baseURL must be http"]),
        (#"key: "env:SHORT""#, ["key is too short."]),
    ]

    @Test(arguments: destinations) func `every fault of a destination is named at once`(
        _ row: (settings: String, faults: [String])
    ) throws {
        let text = """
            { store: "memory:", sources: [{ secrets: ["env:S"] }],
              destinations: { d: { adapter: "test", \(row.settings) } } }
            """
        do throws(ConfigurationFaults) {
            _ = try Configuration(
                text: Array(text.utf8), adapters: Self.adapters,
                environment: ["S": "secret", "K": "key", "SHORT": "k"])
            #expect(row.faults.isEmpty)
        } catch {
            #expect(error.faults.count == row.faults.count, "\(error)")
            for (fault, expected) in zip(error.faults, row.faults) {
                #expect(fault.message.contains(expected), "\(fault)")
                #expect(fault.line == 2)
            }
        }
    }
}

@Suite struct `An adapter that takes no settings` {
    /// Which setting the adapter blames.
    @Test(arguments: ["key", "url", "unknown", ""])
    func `is a fault, once for each setting that it blames`(_ blamed: String) throws {
        let type = AdapterType(
            name: "test", title: "Test",
            settings: [
                AdapterSetting(name: "key", environmentVariable: "K", isSecret: true, summary: "The key."),
                AdapterSetting(name: "url", environmentVariable: "U", defaultValue: "x", summary: "Where."),
            ]
        ) { _ throws(AdapterSettingError) in throw AdapterSettingError(setting: blamed, "is not liked.") }
        let text = """
            { store: "memory:", sources: [{ secrets: ["env:S"] }],
              destinations: { d: { adapter: "test", key: "env:K" } } }
            """
        do throws(ConfigurationFaults) {
            _ = try Configuration(
                text: Array(text.utf8), adapters: [type], environment: ["S": "secret", "K": "key"])
            Issue.record("a destination without an adapter was left out in silence")
        } catch {
            #expect(error.faults.map(\.path) == ["destinations.d.\(blamed)"])
            #expect(error.faults.map(\.message) == ["\(blamed) is not liked."])
        }
    }
}

@Suite struct `A configuration without a file` {
    static let adapters = [`Configuration files`.type]

    /// Variables that are set, and every fault as it is written.
    static let environments: [(variables: [String: String], faults: [String])] = [
        (["OPENSENSE_SECRET": "s", "TEST_KEY": "key"], []),
        (["OPENSENSE_SECRET": "s", "TEST_KEY": "key", "TEST_URL": "http://x"], []),
        (["OPENSENSE_SECRET": "s", "TEST_KEY": "k"], ["TEST_KEY is too short."]),
        (
            ["OPENSENSE_SECRET": "s", "TEST_KEY": "key", "TEST_URL": "ftp://x"],
            ["TEST_URL must be http:// or https://, a host, and at most a path."]
        ),
        (
            ["OPENSENSE_SECRET": "", "TEST_KEY": "k", "TEST_URL": ""],
            [
                "OPENSENSE_SECRET: The secret is empty. Set OPENSENSE_SECRET to the webhook's secret, "
                    + "or name a configuration file.", "TEST_KEY is too short.",
                "TEST_URL must be http:// or https://, a host, and at most a path.",
            ]
        ),
        (
            ["TEST_KEY": "key"],
            [
                "The environment variable OPENSENSE_SECRET is not set. Set OPENSENSE_SECRET to the webhook's "
                    + "secret, or name a configuration file."
            ]
        ),
        (
            ["OPENSENSE_SECRET": "s"],
            ["There is no destination: set TEST_KEY, or name a configuration file."]
        ),
        (
            ["OPENSENSE_SECRET": "s", "TEST_KEY": "", "TEST_URL": "http://x"],
            ["There is no destination: set TEST_KEY, or name a configuration file."]
        ),
    ]

    @Test(arguments: environments) func `has faults that name the variable`(
        _ row: (variables: [String: String], faults: [String])
    ) {
        do throws(ConfigurationFaults) {
            let configuration = try Configuration(
                environment: row.variables, adapters: Self.adapters, options: ["store": "memory:"])
            #expect(row.faults.isEmpty)
            #expect(configuration.destinations.map(\.name) == ["test"])
        } catch {
            #expect(
                error.faults.map(\.description).sorted { $0.contains("SECRET") && !$1.contains("SECRET") }
                    == row.faults)
            #expect(error.faults.allSatisfy { $0.line == nil && $0.column == nil })
        }
    }

    @Test func `of two keys names the one that is missing, as a file would`() {
        let type = AdapterType(
            name: "two", title: "Two",
            settings: ["a", "b"].map {
                AdapterSetting(
                    name: $0, environmentVariable: "TWO_\($0)", isSecret: true, summary: "One of two.")
            } + [AdapterSetting(name: "region", environmentVariable: "TWO_REGION", summary: "Which region.")]
        ) { _ throws(AdapterSettingError) in `Configuration files`.Nothing() }
        do throws(ConfigurationFaults) {
            _ = try Configuration(
                environment: ["OPENSENSE_SECRET": "s", "TWO_a": "x"], adapters: [type],
                options: ["store": "memory:"])
            Issue.record("a destination with one key of two was made")
        } catch {
            #expect(
                Set(error.faults.map(\.description)) == [
                    "The environment variable TWO_b is not set.",
                    "The environment variable TWO_REGION is not set: Which region.",
                ])
        }
    }

    @Test(arguments: [nil, "", "key"])
    func `does without a secret that has a default, and takes it where it is set`(_ secret: String?) throws {
        let type = AdapterType(
            name: "one", title: "One",
            settings: [
                AdapterSetting(name: "room", environmentVariable: "ONE_ROOM", summary: "Which room."),
                AdapterSetting(
                    name: "key", environmentVariable: "ONE_KEY", isSecret: true, defaultValue: "",
                    summary: "A key, if any."),
            ]
        ) { settings throws(AdapterSettingError) in
            let given = try? settings.secret("key").revealedText()
            guard given == (secret == "" ? nil : secret) else {
                throw AdapterSettingError(setting: "key", "is another one.")
            }
            return `Configuration files`.Nothing()
        }
        var variables = ["OPENSENSE_SECRET": "s", "ONE_ROOM": "r"]
        variables["ONE_KEY"] = secret
        let configuration = try Configuration(
            environment: variables, adapters: [type], options: ["store": "memory:"])
        #expect(configuration.destinations.map(\.name) == ["one"])
    }

    @Test func `is the same as the file that says the same`() throws {
        let variables = ["OPENSENSE_SECRET": "s", "TEST_KEY": "key", "TEST_URL": "http://x/y"]
        let file = """
            { store: "memory:", sources: [{ secrets: ["env:OPENSENSE_SECRET"] }],
              destinations: { test: { adapter: "test", key: "env:TEST_KEY", baseURL: "http://x/y" } } }
            """
        let ours = try Configuration(
            environment: variables, adapters: Self.adapters, options: ["store": "memory:"])
        let theirs = try Configuration(
            text: Array(file.utf8), adapters: Self.adapters, environment: variables)
        #expect(ours.store == theirs.store)
        #expect(ours.listen == theirs.listen)
        #expect(ours.leaseSeconds == theirs.leaseSeconds)
        #expect(ours.routes == theirs.routes)
        #expect(ours.destinations.map(\.shownSettings) == theirs.destinations.map(\.shownSettings))
        #expect(
            ours.sources.map { $0.secrets.map(\.fingerprint) }
                == theirs.sources.map { $0.secrets.map(\.fingerprint) })
    }

    @Test(arguments: [("127.0.0.1:1", true), ("nowhere", false)])
    func `an option stands in the place of what a file says, and is named when it is at fault`(
        _ row: (address: String, isRight: Bool)
    ) throws {
        var settings = try ConfigurationSettings(
            text: Array(#"{ listen: "wrong", store: "memory:" }"#.utf8))
        settings.override("listen", with: row.address, from: "--listen")
        let document = ConfigurationDocument(settings, adapters: Self.adapters)
        let faults = document.faults.filter { $0.path == "listen" }.map(\.description)
        #expect(faults == (row.isRight ? [] : ["--listen: Expected HOST:PORT, such as \"127.0.0.1:8080\"."]))
        #expect(document.listen.description == (row.isRight ? row.address : "127.0.0.1:8080"))
    }
}
