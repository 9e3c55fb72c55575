import AdapterKit
import OpenSenseWebhooks
import Testing

@Suite struct `The place of an incident` {
    static let type = AdapterType(
        name: "test", title: "Test",
        settings: [
            AdapterSetting(
                name: "key", environmentVariable: "K", isSecret: true, role: .identifies, summary: "A key."),
            AdapterSetting(
                name: "password", environmentVariable: "P", isSecret: true, role: .authenticates,
                summary: "A password."),
            AdapterSetting(name: "room", environmentVariable: "R", role: .identifies, summary: "A room."),
            AdapterSetting(name: "base", environmentVariable: "B", role: .locates, summary: "Where."),
            AdapterSetting(name: "colour", environmentVariable: "C", summary: "A colour."),
        ]
    ) { _ throws(AdapterSettingError) in throw AdapterSettingError(setting: "key", "is not used here.") }

    static let usual: [String: String] = [
        "key": "k", "password": "p", "room": "r", "base": "https://Example.org/a", "colour": "red",
    ]

    private func settings(_ changes: [String: String]) throws -> AdapterSettings {
        let all = Self.usual.merging(changes) { $1 }
        let secrets = Set(["key", "password"])
        return AdapterSettings(
            texts: all.filter { !secrets.contains($0.key) },
            secrets: try all.filter { secrets.contains($0.key) }.mapValues { try Secret($0) })
    }

    /// A change of a setting, and whether it is another place, and another vendor's account.
    @Test(
        arguments: [
            (["key": "l"], true, true), (["password": "q"], false, true), (["room": "s"], true, false),
            (["base": "https://example.com/a"], true, true),
            (["base": "https://example.org:444/a"], true, true),
            (["base": "https://example.org/b"], false, false),
            (["base": "http://example.org/a/"], false, false),
            (["colour": "blue"], false, false), (["key": "p", "password": "k"], true, true),
        ] as [([String: String], Bool, Bool)])
    func `changes with what identifies and locates, its vendor with every secret`(
        _ changes: [String: String], _ isAnother: Bool, _ isAnotherVendor: Bool
    ) throws {
        let (before, after) = (try settings([:]), try settings(changes))
        #expect((try Self.type.identity(of: before) != Self.type.identity(of: after)) == isAnother)
        #expect((try Self.type.vendor(of: before) != Self.type.vendor(of: after)) == isAnotherVendor)
    }

    @Test func `has a name that never changes and gives nothing away`() throws {
        let name = try Self.type.identity(of: settings([:]))
        #expect(name == "533e87d46beaf216")
        let vendor = try Self.type.vendor(of: settings([:]))
        #expect(vendor == "7bb8189432350b44")
        #expect(name.utf8.count == AdapterType.identityDigits)
    }
}
